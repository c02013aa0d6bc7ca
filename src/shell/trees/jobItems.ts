import type { Icon, ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";

/** A checkpoint as it is shown. */
export interface ShownCheckpoint {
  readonly id: number;
  readonly iteration: number;
  readonly weightsSha256: string;
  readonly template: string;
  /** Instructions it was trained on; null when its manifest does not say. */
  readonly trainedOn: number | null;
  /** Bytes of its weights; null when they are not there. */
  readonly bytes: number | null;
  /** Absolute. */
  readonly path: string;
}

/** A job as it is shown. */
export interface ShownJob {
  readonly id: string;
  readonly kind: "train" | "generate";
  readonly iteration: number;
  readonly purpose: string;
  readonly target: string;
  readonly state: "running" | "submitted" | "collected" | "failed";
  readonly exitCode: number | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
}

const JOB_ICONS: Readonly<Record<ShownJob["state"], Icon>> = {
  running: { id: "sync~spin", color: "charts.blue" },
  submitted: { id: "watch" },
  collected: { id: "pass", color: "charts.green" },
  failed: { id: "error", color: "charts.red" },
};

export function checkpointItem(checkpoint: ShownCheckpoint, l10n: Localizer): ItemModel {
  const { id, iteration, weightsSha256, template, trainedOn, bytes, path } = checkpoint;
  const label = l10n.t("Student {0}", iteration);
  const amount = trainedOn === null ? null : l10n.count(trainedOn);
  const trained = amount === null ? [] : [l10n.t("trained on {0} instructions", amount)];
  const size = bytes === null ? l10n.t("weights are gone") : l10n.bytes(bytes);
  const facts = [
    ...(amount === null ? [] : [l10n.t("{0} instructions", amount)]),
    size,
    oneLine(template, 30),
    weightsSha256.slice(0, 8),
  ];
  return {
    id: `checkpoint:${id}`,
    label,
    description: facts.join(" · "),
    tooltip: [
      l10n.t("Checkpoint of iteration {0}", iteration),
      ...trained,
      l10n.t("Weights: {0}, {1}", weightsSha256, size),
      l10n.t("Template: {0}", oneLine(template)),
      oneLine(path, 400),
    ].join("\n"),
    icon: bytes === null ? { id: "warning", color: "charts.yellow" } : { id: "archive" },
    contextValue: "checkpoint",
    children: "none",
    accessibilityLabel: [l10n.t("Checkpoint of iteration {0}", iteration), ...trained, size].join(", "),
  };
}

export function jobItem(job: ShownJob, l10n: Localizer): ItemModel {
  const { id, kind, iteration, purpose, target, state, exitCode, progress } = job;
  const label =
    kind === "train" ? l10n.t("Training {0}", iteration) : l10n.t("Answers {0}: {1}", iteration, oneLine(purpose, 40));
  const stateText = jobState(state, exitCode, l10n);
  const counted = progress ? [l10n.t("{0} of {1}", l10n.count(progress.done), l10n.count(progress.total))] : [];
  const facts = [stateText, ...counted, oneLine(target, 40)];
  return {
    id: `job:${id}`,
    label,
    description: facts.join(" · "),
    tooltip: [label, l10n.t("Iteration {0}", iteration), facts.join(" · "), oneLine(id, 200)].join("\n"),
    icon: JOB_ICONS[state],
    contextValue: `job.${state}`,
    children: "none",
    accessibilityLabel: [label, ...facts].join(", "),
    command: { command: "lion.openJobLog", title: l10n.t("Open Job Log"), arguments: [{ jobId: id }] },
  };
}

function jobState(state: ShownJob["state"], exitCode: number | null, l10n: Localizer): string {
  switch (state) {
    case "running":
      return l10n.t("running");
    case "submitted":
      return l10n.t("started, not collected yet");
    case "collected":
      return l10n.t("done");
    case "failed":
      return exitCode === null ? l10n.t("failed") : l10n.t("failed with exit code {0}", exitCode);
  }
}

/** A folder of the view. */
export function jobsFolderItem(
  folder: { readonly kind: "checkpoints" | "jobs"; readonly count: number; readonly running: number },
  l10n: Localizer,
): ItemModel {
  const { kind, count, running } = folder;
  const label = kind === "checkpoints" ? l10n.t("Checkpoints") : l10n.t("Jobs");
  const counted = l10n.count(count);
  return {
    id: `folder:${kind}`,
    label,
    description: running > 0 ? l10n.t("{0}, {1} running", counted, l10n.count(running)) : counted,
    icon: { id: kind === "checkpoints" ? "archive" : "server-process" },
    contextValue: `folder.${kind}`,
    children: kind === "checkpoints" || running > 0 ? "expanded" : "collapsed",
  };
}
