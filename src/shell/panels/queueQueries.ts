import type { CandidateQuery, CompareQuery } from "../../core/browse/queues.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";
import { recordOf } from "../trees/viewOptions.ts";

export const CANDIDATE_STATES = ["waiting", "filtered", "disputed", "approved", "refused"] as const;
export const CANDIDATE_SORTS = ["oldest", "newest", "nearest", "length"] as const;
export const COMPARE_GROUPS = ["hard", "contradictory", "unscored", "studentAhead", "easy", "disputed", "all"] as const;
export const COMPARE_SORTS = ["gap", "draw", "newest", "length"] as const;

const HALVES = ["hard", "easy", "imported"] as const;

/** A query for candidates from what was stored or given by a command; null when it is none. Its keys stand in one order. */
export function readCandidateQuery(stored: unknown): CandidateQuery | null {
  const { state, iteration, half, hasText, sample, sort } = recordOf(stored);
  const known = oneOf(CANDIDATE_STATES, state);
  return (
    known && {
      kind: "candidates",
      state: known,
      ...(isIteration(iteration) && { iteration }),
      ...(oneOf(HALVES, half) && { half: oneOf(HALVES, half) ?? "hard" }),
      ...textOf(hasText),
      ...(sample === true && { sample }),
      sort: oneOf(CANDIDATE_SORTS, sort) ?? "oldest",
    }
  );
}

/** A query for verdicts from what was stored or given by a command; null when it is none. */
export function readCompareQuery(stored: unknown): CompareQuery | null {
  const { iteration, group, hasText, sort } = recordOf(stored);
  const known = oneOf(COMPARE_GROUPS, group);
  return known && isIteration(iteration)
    ? { kind: "verdicts", iteration, group: known, ...textOf(hasText), sort: oneOf(COMPARE_SORTS, sort) ?? "gap" }
    : null;
}

/** “Waiting, iteration 2, from hard ones, oldest first”. */
export function candidateTitle(query: CandidateQuery, words: Localizer): string {
  const { state, iteration, half, hasText, sample, sort } = query;
  return [
    sample ? words.t("Sample") : candidateStateName(state, words),
    ...(iteration === undefined ? [] : [words.t("iteration {0}", iteration)]),
    ...(half === undefined ? [] : [halfName(half, words)]),
    ...(hasText === undefined ? [] : [`“${oneLine(hasText, 40)}”`]),
    candidateSortName(sort, words),
  ].join(", ");
}

/** “Hard, iteration 2, largest gap first”. */
export function compareTitle({ iteration, group, hasText, sort }: CompareQuery, words: Localizer): string {
  return [
    compareGroupName(group, words),
    words.t("iteration {0}", iteration),
    ...(hasText === undefined ? [] : [`“${oneLine(hasText, 40)}”`]),
    compareSortName(sort, words),
  ].join(", ");
}

export function candidateStateName(state: CandidateQuery["state"], words: Localizer): string {
  return {
    waiting: words.t("Waiting"),
    filtered: words.t("Filtered"),
    disputed: words.t("Disputed"),
    approved: words.t("Approved"),
    refused: words.t("Refused"),
  }[state];
}

export function compareGroupName(group: CompareQuery["group"], words: Localizer): string {
  return {
    hard: words.t("Hard"),
    contradictory: words.t("Contradictory"),
    unscored: words.t("Unscored"),
    studentAhead: words.t("Student Ahead"),
    easy: words.t("Easy"),
    disputed: words.t("Disputed"),
    all: words.t("All Rated"),
  }[group];
}

export function halfName(half: "hard" | "easy" | "imported", words: Localizer): string {
  return {
    hard: words.t("from hard ones"),
    easy: words.t("from easy ones"),
    imported: words.t("imported"),
  }[half];
}

export function candidateSortName(sort: CandidateQuery["sort"], words: Localizer): string {
  return {
    oldest: words.t("oldest first"),
    newest: words.t("newest first"),
    nearest: words.t("most similar to something known first"),
    length: words.t("longest first"),
  }[sort];
}

export function compareSortName(sort: CompareQuery["sort"], words: Localizer): string {
  return {
    gap: words.t("largest gap first"),
    draw: words.t("in the order of the draw"),
    newest: words.t("newest first"),
    length: words.t("longest first"),
  }[sort];
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | null {
  return known.find((one) => one === value) ?? null;
}

function isIteration(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function textOf(value: unknown): { hasText?: string } {
  const text = typeof value === "string" ? oneLine(value, 200) : "";
  return text === "" ? {} : { hasText: text };
}
