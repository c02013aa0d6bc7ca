import type { Candidate } from "../store/candidates.ts";
import { type EffectiveState, instructionSubject } from "./fold.ts";

/**
 * Where a candidate stands. waiting: nobody has decided. filtered: a filter refused it and nobody has overruled that.
 * disputed: two people's opinions differ. excluded: left out of everything, whatever was decided before. replaced: an
 * edit stands in its place, or the edit that made it does not hold; such a candidate is in no count and on no list.
 */
export type CandidateState = "waiting" | "approved" | "refused" | "filtered" | "excluded" | "disputed" | "replaced";

/** What a candidate's state follows from. */
export type DecidedCandidates = Pick<
  EffectiveState,
  "approved" | "refused" | "excluded" | "superseded" | "withdrawn" | "disputed"
>;

/** A candidate's state under the decisions in force. */
export function stateOf(
  candidate: Pick<Candidate, "instructionId" | "filter">,
  decided: DecidedCandidates,
): CandidateState {
  const { instructionId } = candidate;
  if (decided.excluded.has(instructionId)) {
    return "excluded";
  }
  if (decided.superseded.has(instructionId) || decided.withdrawn.has(instructionId)) {
    return "replaced";
  }
  if (decided.disputed.has(instructionSubject(instructionId))) {
    return "disputed";
  }
  if (decided.approved.has(instructionId)) {
    return "approved";
  }
  if (decided.refused.has(instructionId)) {
    return "refused";
  }
  return candidate.filter === null ? "waiting" : "filtered";
}
