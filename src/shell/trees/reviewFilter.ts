import type { CandidateFilter } from "../../core/browse/types.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";
import { readIteration, readText, recordOf } from "./viewOptions.ts";

export const HALVES = ["hard", "easy", "imported"] as const;

/** A filter of To Review out of what a command was given or the window remembers. */
export function readCandidateFilter(given: unknown): CandidateFilter {
  const filter = recordOf(given);
  const half = HALVES.find((one) => one === filter.half);
  const iteration = readIteration(filter.iteration);
  const hasText = readText(filter.hasText);
  return {
    ...(half !== undefined && { half }),
    ...(iteration !== null && { iteration }),
    ...(hasText !== null && { hasText }),
  };
}

/** The conditions in words, for the view's description. */
export function candidateFilterWords({ half, iteration, hasText }: CandidateFilter, l10n: Localizer): string[] {
  return [
    ...(half === undefined ? [] : [halfTitle(half, l10n)]),
    ...(iteration === undefined ? [] : [l10n.t("iteration {0}", iteration)]),
    ...(hasText === undefined ? [] : [`“${oneLine(hasText, 40)}”`]),
  ];
}

export function halfTitle(half: (typeof HALVES)[number], l10n: Localizer): string {
  const titles: Readonly<Record<(typeof HALVES)[number], string>> = {
    hard: l10n.t("from hard ones"),
    easy: l10n.t("from easy ones"),
    imported: l10n.t("imported"),
  };
  return titles[half];
}
