import type { Candidate } from "../store/candidates.ts";
import type { EffectiveState } from "./fold.ts";

/**
 * Where a candidate stands. waiting: nobody has decided. filtered: a filter refused it and nobody has overruled that.
 * excluded: left out of everything, whatever was decided before.
 */
export type CandidateState = "waiting" | "approved" | "refused" | "filtered" | "excluded";

/** A candidate's state under the decisions in force. */
export function stateOf(
  candidate: Pick<Candidate, "instructionId" | "filter">,
  decided: Pick<EffectiveState, "approved" | "refused" | "excluded">,
): CandidateState {
  const { instructionId } = candidate;
  if (decided.excluded.has(instructionId)) {
    return "excluded";
  }
  if (decided.approved.has(instructionId)) {
    return "approved";
  }
  if (decided.refused.has(instructionId)) {
    return "refused";
  }
  return candidate.filter === null ? "waiting" : "filtered";
}
