import type { Instruction } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import { approvalSample } from "./approval.ts";
import { type CandidateState, stateOf } from "./candidateState.ts";
import { type EffectiveState, effectiveState } from "./fold.ts";

/** Which candidates are meant; what is left out matches all. */
export interface CandidateFilter {
  readonly state?: CandidateState;
  readonly half?: Half;
  readonly iteration?: number;
  /** Only the random sample of `sample` approval under this configuration. */
  readonly sampleOf?: Pick<ProjectConfig, "approval" | "seed">;
}

/** A candidate as a person sees it. */
export interface ListedCandidate {
  readonly id: number;
  readonly iteration: number;
  readonly state: CandidateState;
  readonly half: Half | null;
  readonly parentId: number | null;
  /** Reason code of the filter that refused it. */
  readonly filter: string | null;
  /** Why it was refused or excluded, by a filter or by a person. */
  readonly reason: string | null;
  readonly nearestId: number | null;
  readonly nearestScore: number | null;
  readonly instruction: Instruction;
}

/** Candidates that match, oldest first; replaced ones are on no list. */
export function listCandidates(store: Store, filter: CandidateFilter = {}): ListedCandidate[] {
  const decided = effectiveState(store.decisions.upTo());
  return populationOf(store, filter, decided)
    .filter((candidate) => filter.half === undefined || candidate.half === filter.half)
    .map((candidate) => ({ candidate, state: stateOf(candidate, decided) }))
    .filter(({ state }) => state !== "replaced" && (filter.state === undefined || state === filter.state))
    .flatMap(({ candidate, state }) => {
      const instruction = store.instructions.get(candidate.instructionId);
      return instruction ? [listed(candidate, state, decided, instruction)] : [];
    });
}

function populationOf(store: Store, { iteration, sampleOf }: CandidateFilter, decided: EffectiveState): Candidate[] {
  const all = iteration === undefined ? store.candidates.all() : store.candidates.ofIteration(iteration);
  return sampleOf ? approvalSample(all, decided, sampleOf).sort((a, b) => a.instructionId - b.instructionId) : all;
}

function listed(
  candidate: Candidate,
  state: CandidateState,
  decided: EffectiveState,
  instruction: Instruction,
): ListedCandidate {
  const { instructionId: id, iteration, half, parentId, filter, filterDetail, nearestId, nearestScore } = candidate;
  const reasons: Partial<Record<CandidateState, string | null>> = {
    refused: decided.refused.get(id)?.reason ?? null,
    filtered: filterDetail ?? filter,
    excluded: decided.excluded.get(id) ?? null,
  };
  const reason = reasons[state] ?? null;
  return { id, iteration, state, half, parentId, filter, reason, nearestId, nearestScore, instruction };
}
