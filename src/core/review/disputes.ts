import type { Decision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";
import { effectiveState, holding, isRepeat, isSecondOpinion, opinionOf } from "./fold.ts";

/** A subject on which people's opinions differ. */
export interface Dispute {
  readonly subject: string;
  /** The first opinion, and those that were given without seeing it; the oldest first. */
  readonly opinions: readonly Decision[];
}

/** What is in dispute, by the age of the first opinion. */
export function disputesOf(store: Store): Dispute[] {
  const { disputed } = effectiveState(store.decisions.upTo());
  return [...disputed]
    .map((subject) => ({ subject, opinions: opinionsOf(store, subject) }))
    .sort((a, b) => (a.opinions[0]?.id ?? 0) - (b.opinions[0]?.id ?? 0));
}

function opinionsOf(store: Store, subject: string): Decision[] {
  const all = holding(store.decisions.about(subject)).filter((one) => opinionOf(one) !== null && !isRepeat(one));
  // A later decision that is no second opinion is a first one anew.
  const first = all.findLastIndex((one) => !isSecondOpinion(one));
  return all.slice(Math.max(0, first));
}
