import type { Icon, ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";

/** Where a checkpoint's weights are: in the folder here, on the host that trained it, or nowhere that is known of. */
export type WeightsPlace = "here" | "there" | "gone";

/** A checkpoint as it is shown. */
export interface ShownCheckpoint {
  readonly id: number;
  readonly iteration: number;
  readonly weightsSha256: string;
  readonly template: string;
  /** Instructions it was trained on; null when its manifest does not say. */
  readonly trainedOn: number | null;
  /** The target that made it, where its weights are. */
  readonly target: string;
  readonly weights: WeightsPlace;
  /** Bytes of its weights; null when they are not known here. */
  readonly bytes: number | null;
  /** Whether it was trained anywhere and entered by hand, instead of by a job of this project. */
  readonly registered: boolean;
  /** What was written down when it was registered. */
  readonly note: string;
  /** The iteration of the checkpoint it went on from; null where it began with the base. */
  readonly parent: number | null;
  /** The folder on this machine, absolute; without the weights while those are elsewhere. */
  readonly path: string;
}

const ICONS: Readonly<Record<WeightsPlace, Icon>> = {
  here: { id: "archive" },
  there: { id: "cloud" },
  gone: { id: "warning", color: "charts.yellow" },
};

export function checkpointItem(checkpoint: ShownCheckpoint, l10n: Localizer): ItemModel {
  const { id, iteration, weightsSha256, template, weights, registered, note, path } = checkpoint;
  const where = weightsText(checkpoint, l10n);
  const made = madeText(checkpoint, l10n);
  const lineage = lineageText(checkpoint, l10n);
  const facts = [
    ...(registered ? [l10n.t("registered")] : []),
    ...(checkpoint.trainedOn === null ? [] : [l10n.t("{0} instructions", l10n.count(checkpoint.trainedOn))]),
    where,
    ...(lineage === null ? [] : [lineage]),
    oneLine(template, 30),
    weightsSha256.slice(0, 8),
  ];
  return {
    id: `checkpoint:${id}`,
    label: l10n.t("Student {0}", iteration),
    description: facts.join(" · "),
    tooltip: [
      l10n.t("Checkpoint of iteration {0}", iteration),
      made,
      ...(lineage === null ? [] : [lineage]),
      l10n.t("Weights: {0}, {1}", weightsSha256, where),
      l10n.t("Template: {0}", oneLine(template)),
      ...(note === "" ? [] : [oneLine(note, 400)]),
      oneLine(path, 400),
    ].join("\n"),
    icon: ICONS[weights],
    contextValue: `checkpoint.${weights}.${registered ? "registered" : "trained"}`,
    children: "none",
    accessibilityLabel: [
      l10n.t("Checkpoint of iteration {0}", iteration),
      made,
      where,
      ...(lineage === null ? [] : [lineage]),
    ].join(", "),
  };
}

function weightsText({ weights, bytes, target }: ShownCheckpoint, l10n: Localizer): string {
  const size = bytes === null ? [] : [l10n.bytes(bytes)];
  switch (weights) {
    case "here":
      return target === "local" ? size.join() : [...size, l10n.t("from {0}", oneLine(target, 40))].join(" · ");
    case "there":
      return [...size, l10n.t("on {0}", oneLine(target, 40))].join(" · ");
    case "gone":
      return l10n.t("weights are gone");
  }
}

function madeText({ registered, trainedOn }: ShownCheckpoint, l10n: Localizer): string {
  if (registered) {
    return l10n.t("registered by hand");
  }
  return trainedOn === null
    ? l10n.t("trained by a job of this project")
    : l10n.t("trained on {0} instructions", l10n.count(trainedOn));
}

function lineageText({ parent, registered }: ShownCheckpoint, l10n: Localizer): string | null {
  if (parent !== null) {
    return l10n.t("continues student {0}", parent);
  }
  return registered ? null : l10n.t("from the base model");
}
