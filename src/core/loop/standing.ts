import { type CandidateState, type DecidedCandidates, stateOf } from "../review/candidateState.ts";
import type { Candidate } from "../store/candidates.ts";

/** How far the generated candidates of an iteration have come towards N. */
export interface Standing {
  /** Those that are approved or may yet be: an edited one counts once, by what stands in its place. */
  readonly accepted: number;
  /** Those that passed the filters and that people turned down: they are made good for. */
  readonly turnedDown: number;
}

const ACCEPTED: ReadonlySet<CandidateState> = new Set(["waiting", "approved", "disputed"]);
const TURNED_DOWN: ReadonlySet<CandidateState> = new Set(["refused", "excluded"]);

/** Counts candidates; imported ones are not the generator's and are left out. */
export function standingOf(candidates: readonly Candidate[], decided: DecidedCandidates): Standing {
  let [accepted, turnedDown] = [0, 0];
  for (const candidate of candidates.filter(({ half }) => half !== null)) {
    const state = stateOf(candidate, decided);
    accepted += ACCEPTED.has(state) ? 1 : 0;
    turnedDown += TURNED_DOWN.has(state) && candidate.filter === null ? 1 : 0;
  }
  return { accepted, turnedDown };
}

/**
 * Whether a new candidate must differ from this one. A refused one, or one that an edit replaced, leaves the diversity
 * index; an excluded one stays.
 */
export function isKnown(candidate: Candidate, decided: DecidedCandidates): boolean {
  const state = stateOf(candidate, decided);
  return ACCEPTED.has(state) || (state === "excluded" && candidate.filter === null);
}
