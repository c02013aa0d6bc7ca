import type { RowState } from "../../core/browse/types.ts";
import type { Origin } from "../../core/pool/instruction.ts";
import type { Icon } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";

/** Shapes differ as well as colours, for those who see no difference between the colours. */
export const VERDICT_ICONS: Readonly<Record<RowState, Icon>> = {
  hard: { id: "flame", color: "charts.red" },
  easy: { id: "pass", color: "charts.green" },
  unscored: { id: "question", color: "charts.yellow" },
  "not-rated": { id: "circle-outline" },
};

export const CONTRADICTORY_ICON: Icon = { id: "warning", color: "charts.yellow" };
export const STUDENT_AHEAD_ICON: Icon = { id: "star-full", color: "charts.purple" };

export function verdictWord(state: RowState, l10n: Localizer): string {
  const words: Readonly<Record<RowState, string>> = {
    hard: l10n.t("Hard"),
    easy: l10n.t("Easy"),
    unscored: l10n.t("Unscored"),
    "not-rated": l10n.t("Not rated in this iteration"),
  };
  return words[state];
}

export function originWord(origin: Origin, l10n: Localizer): string {
  const words: Readonly<Record<Origin, string>> = {
    imported: l10n.t("Imported"),
    generated: l10n.t("Generated"),
    edited: l10n.t("Edited"),
    written: l10n.t("Written"),
  };
  return words[origin];
}
