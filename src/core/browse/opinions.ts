import type { DecisionKind } from "../store/decisions.ts";

/** A decision as far as it says what somebody thinks of an item. */
export interface Opinion {
  readonly id: number;
  readonly actor: string;
  readonly kind: DecisionKind;
  /** What `opinionOf` reads in it. */
  readonly says: string | null;
  readonly isSecond: boolean;
  /** Of a repeat, the decision that it repeats. */
  readonly again: number | null;
  /** Of an edit, what stands in its place. */
  readonly replacement: number | null;
  /** Whether it was made together with others, so that nobody need have looked at the item. */
  readonly isBulk: boolean;
  /** The number of the act among this person's acts with an opinion, from 1. */
  readonly act: number;
}

/** What the decisions in force about one subject amount to. */
export interface ItemOpinions {
  /** The opinion that counts; null where there is none, or two that differ. */
  readonly counting: Opinion | null;
  /** Two people's opinions differ. */
  readonly isDisputed: boolean;
  /** Who has given an opinion that is no repeat. */
  readonly actors: ReadonlySet<string>;
  /** All opinions, oldest first. */
  readonly opinions: readonly Opinion[];
  readonly isExcluded: boolean;
  /** What stands in the instruction's place after an edit. */
  readonly replacement: number | null;
}

/** Folds what holds of one subject's decisions, oldest first, as `effectiveState` does. */
export function opinionsOf(held: readonly Opinion[]): ItemOpinions {
  let counting: Opinion | null = null;
  let isDisputed = false;
  let isExcluded = false;
  let replacement: number | null = null;
  const opinions: Opinion[] = [];
  for (const opinion of held) {
    if (opinion.says !== null) {
      opinions.push(opinion);
    }
    if (opinion.again !== null) {
      continue;
    }
    isExcluded ||= opinion.kind === "exclude";
    replacement = opinion.replacement ?? replacement;
    if (opinion.says === null) {
      continue;
    }
    if (counting && opinion.isSecond) {
      isDisputed ||= counting.actor !== opinion.actor && counting.says !== opinion.says;
    } else {
      counting = opinion;
      isDisputed = false;
    }
  }
  return {
    counting: isDisputed ? null : counting,
    isDisputed,
    actors: new Set(opinions.filter(({ again }) => again === null).map(({ actor }) => actor)),
    opinions,
    isExcluded,
    replacement,
  };
}
