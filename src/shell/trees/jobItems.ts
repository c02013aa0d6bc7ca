import { inEditorWords } from "../wording.ts";
import type { Icon, ItemModel } from "./itemModel.ts";
import type { JobReport, JobState } from "./jobReport.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";

/** A job as it is shown. */
export interface ShownJob extends JobReport {
  readonly id: string;
  readonly kind: "train" | "generate";
  readonly iteration: number;
  readonly purpose: string;
  /** The how manieth job for the same purpose, from 1. */
  readonly attempt: number;
  readonly target: string;
  readonly exitCode: number | null;
}

const SECOND = 1000;
const LONGEST_REASON = 400;

const ICONS: Readonly<Record<JobState, Icon>> = {
  prepared: { id: "clock" },
  waiting: { id: "watch", color: "charts.yellow" },
  running: { id: "sync~spin", color: "charts.blue" },
  ended: { id: "check", color: "charts.blue" },
  stopped: { id: "debug-pause", color: "charts.yellow" },
  collected: { id: "pass", color: "charts.green" },
  cancelled: { id: "circle-slash" },
  failed: { id: "error", color: "charts.red" },
  lost: { id: "warning", color: "charts.yellow" },
};

export function jobItem(job: ShownJob, l10n: Localizer): ItemModel {
  const { id, kind, iteration, state } = job;
  const label = jobName(job, l10n);
  const reason = reasonText(job, l10n);
  const facts = [jobStateText(job, l10n), ...progressTexts(job, l10n), placeText(job, l10n)];
  const said = reason === "" ? [] : [reason];
  // What happens next is for whoever asks; why it stands still is for everybody who looks.
  const shown = job.reason === "" ? [] : said.map((text) => oneLine(text, 80));
  const gpus = job.gpus.length === 0 ? [] : [l10n.t("GPUs: {0}", oneLine(job.gpus.join(", "), 400))];
  return {
    id: `job:${id}`,
    label,
    description: [facts[0], ...shown, ...facts.slice(1)].join(" · "),
    tooltip: [label, l10n.t("Iteration {0}", iteration), facts.join(" · "), ...said, ...gpus, oneLine(id, 200)].join(
      "\n",
    ),
    icon: ICONS[state],
    contextValue: `job.${kind}.${state}.${job.host === null ? "here" : "remote"}`,
    children: "none",
    accessibilityLabel: [label, ...facts, ...said].join(", "),
    command: { command: "lion.openJobLog", title: l10n.t("Open Job Log"), arguments: [{ jobId: id }] },
  };
}

/** What a job is called: by what it does, since its id is for machines. */
export function jobName({ kind, iteration, purpose, attempt }: NamedJob, l10n: Localizer): string {
  const name =
    kind === "train" ? l10n.t("Training {0}", iteration) : l10n.t("Answers {0}: {1}", iteration, oneLine(purpose, 40));
  return attempt > 1 ? l10n.t("{0}, attempt {1}", name, l10n.count(attempt)) : name;
}

type NamedJob = Pick<ShownJob, "kind" | "iteration" | "purpose" | "attempt">;

function jobStateText({ state, exitCode }: ShownJob, l10n: Localizer): string {
  switch (state) {
    case "prepared":
      return l10n.t("not begun yet");
    case "waiting":
      return l10n.t("waiting");
    case "running":
      return l10n.t("running");
    case "ended":
      return l10n.t("through, not collected yet");
    case "stopped":
      return l10n.t("stopped and saved");
    case "collected":
      return l10n.t("done");
    case "cancelled":
      return l10n.t("cancelled");
    case "failed":
      return exitCode === null ? l10n.t("failed") : l10n.t("failed with exit code {0}", exitCode);
    case "lost":
      return l10n.t("interrupted");
  }
}

/** Why it stands as it does, in a sentence; empty where the state says it all. */
function reasonText({ state, reason }: ShownJob, l10n: Localizer): string {
  switch (state) {
    case "stopped":
      return l10n.t("It goes on from the saved step when the iteration is run again.");
    case "lost":
      return l10n.t("Its process is gone, as after a restart of the machine: run the iteration again to go on.");
    case "ended":
      return l10n.t("Run the iteration again to take over what it made.");
    default:
      return oneLine(inEditorWords(reason), LONGEST_REASON);
  }
}

function progressTexts({ kind, state, progress, loss, secondsLeft }: ShownJob, l10n: Localizer): string[] {
  if (progress === null) {
    return [];
  }
  const counts = [l10n.count(progress.done), l10n.count(progress.total)] as const;
  return [
    kind === "train" ? l10n.t("step {0} of {1}", ...counts) : l10n.t("{0} of {1}", ...counts),
    ...(loss === null ? [] : [l10n.t("loss {0}", l10n.loss(loss))]),
    ...(state === "running" && secondsLeft !== null && progress.done < progress.total
      ? [l10n.t("{0} left", l10n.duration(secondsLeft * SECOND))]
      : []),
  ];
}

/** The target, and how much of it the job has: `gpu-box, 2 GPUs`. */
function placeText({ target, host, gpus }: ShownJob, l10n: Localizer): string {
  const place = oneLine(host === null || host === target ? target : `${target} (${host})`, 60);
  switch (gpus.length) {
    case 0:
      return place;
    case 1:
      return l10n.t("{0}, 1 GPU", place);
    default:
      return l10n.t("{0}, {1} GPUs", place, l10n.count(gpus.length));
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
