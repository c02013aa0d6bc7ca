import type { CacheGrouping, PoolFilter, RowSort } from "../../core/browse/types.ts";
import type { Origin } from "../../core/pool/instruction.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";
import { originWord } from "./verdictWords.ts";

export const ORIGINS: readonly Origin[] = ["imported", "generated", "edited", "written"];
export const SORTS: readonly RowSort[] = ["gap", "newest", "oldest", "length"];
export const GROUPINGS: readonly CacheGrouping[] = ["verdict", "origin", "iteration"];

/** How a pool's view is laid out; kept for each project. */
export interface PoolOptions {
  readonly grouping: CacheGrouping;
  readonly sort: RowSort;
  /** Whose verdicts are shown; null for the newest iteration that has some. */
  readonly iteration: number | null;
  readonly filter: PoolFilter;
}

export const DEFAULT_OPTIONS: PoolOptions = { grouping: "verdict", sort: "gap", iteration: null, filter: {} };

const LONGEST_SEARCH = 200;

/** Options out of the window's memory, which an older version may have written: what is not understood is left out. */
export function readOptions(stored: unknown): PoolOptions {
  const options = recordOf(stored);
  return {
    grouping: readGrouping(options.grouping) ?? DEFAULT_OPTIONS.grouping,
    sort: readSort(options.sort) ?? DEFAULT_OPTIONS.sort,
    iteration: readIteration(options.iteration),
    filter: readFilter(options.filter),
  };
}

/** A filter out of what a command was given. */
export function readFilter(given: unknown): PoolFilter {
  const filter = recordOf(given);
  const origin = oneOf(ORIGINS, filter.origin);
  const joined = readIteration(filter.joined);
  const hasText = readText(filter.hasText);
  return {
    ...(filter.contradictory === true && { contradictory: true }),
    ...(filter.studentAhead === true && { studentAhead: true }),
    ...(origin !== null && { origin }),
    ...(joined !== null && { joined }),
    ...(hasText !== null && { hasText }),
  };
}

export function readSort(value: unknown): RowSort | null {
  return oneOf(SORTS, value);
}

export function readGrouping(value: unknown): CacheGrouping | null {
  return oneOf(GROUPINGS, value);
}

export function isFiltered(filter: object): boolean {
  return Object.keys(filter).length > 0;
}

/** The conditions in words, for the view's description. */
export function filterWords(filter: PoolFilter, l10n: Localizer): string[] {
  return [
    ...(filter.contradictory ? [l10n.t("contradictory")] : []),
    ...(filter.studentAhead ? [l10n.t("student ahead")] : []),
    ...(filter.origin === undefined ? [] : [originWord(filter.origin, l10n).toLowerCase()]),
    ...(filter.joined === undefined ? [] : [l10n.t("joined in iteration {0}", filter.joined)]),
    ...(filter.hasText === undefined ? [] : [`“${oneLine(filter.hasText, 40)}”`]),
  ];
}

export function sortWord(sort: RowSort, l10n: Localizer): string {
  const words: Readonly<Record<RowSort, string>> = {
    gap: l10n.t("by gap"),
    newest: l10n.t("newest first"),
    oldest: l10n.t("oldest first"),
    length: l10n.t("longest first"),
  };
  return words[sort];
}

export function groupingWord(grouping: CacheGrouping, l10n: Localizer): string {
  const words: Readonly<Record<CacheGrouping, string>> = {
    verdict: l10n.t("by verdict"),
    origin: l10n.t("by origin"),
    iteration: l10n.t("by iteration"),
  };
  return words[grouping];
}

/** Something as an object, for looking at its fields. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null;
}

export function readIteration(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** What somebody searches for, or null when there is nothing in it. */
export function readText(value: unknown): string | null {
  const text = typeof value === "string" ? oneLine(value, LONGEST_SEARCH) : "";
  return text === "" ? null : text;
}
