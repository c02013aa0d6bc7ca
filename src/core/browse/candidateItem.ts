import type { LongText } from "../../protocol/queue.ts";
import { type Instruction, instructionOf } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import { type CandidateState, stateOf } from "../review/candidateState.ts";
import { decidedAbout } from "../review/decided.ts";
import type { EffectiveState } from "../review/fold.ts";
import type { Candidate, Half } from "../store/candidates.ts";
import { type AnswerFacts, answerFacts, wordsOf } from "./answerFacts.ts";
import { type CheckFacts, candidateChecks } from "./candidateChecks.ts";
import { type ItemDecisions, itemDecisions } from "./decisionFacts.ts";
import { type InstructionFacts, instructionFacts, wholeOf } from "./instructionFacts.ts";
import type { ItemSource } from "./itemSource.ts";
import { type RelativeFacts, relativesOf, trainedIn } from "./lineage.ts";
import { type DuplicateFacts, duplicatesOf, type NeighbourFacts, neighbourOf } from "./neighbourFacts.ts";

/** An instruction as a whole beside its beginning. */
export interface WholeFacts {
  readonly instructionId: number;
  readonly whole: LongText;
  readonly input: LongText | null;
}

/** Everything about one candidate, without words for people. All texts are hostile: data, never markup. */
export interface CandidateFacts extends InstructionFacts, ItemDecisions {
  readonly instructionId: number;
  readonly iteration: number;
  readonly state: CandidateState;
  /** Why it was refused, excluded or filtered: a person's code or word, a filter's sentence; null for other states. */
  readonly stateReason: string | null;
  /** Words of the last user turn. */
  readonly words: number;
  /** The kind of seed it was written from; null when it was imported. */
  readonly half: Half | null;
  readonly origin: Instruction["origin"];
  /** The model that wrote it; null when none did. */
  readonly generator: string | null;
  readonly parent: (RelativeFacts & WholeFacts) | null;
  readonly neighbour: NeighbourFacts | null;
  readonly checks: readonly CheckFacts[];
  /** The most similar first. */
  readonly duplicates: readonly DuplicateFacts[];
  /**
   * The teacher's answer that an imitation would use, else the newest one that cannot be used (its `kind` says why); null
   * when there is none.
   */
  readonly teacher: (AnswerFacts & { readonly isUsable: boolean }) | null;
  /** What this one was before a person edited it. */
  readonly editedFrom: WholeFacts | null;
  /** Iterations whose checkpoints were trained on it, oldest first. */
  readonly trainedIn: readonly number[];
}

/**
 * Reads a candidate; null when the instruction is none.
 *
 * @param config the project's as it is now: its teacher is who will be asked. The limits are those that the candidate's
 *   iteration froze.
 */
export function readCandidateItem(
  source: ItemSource,
  instructionId: number,
  config: ProjectConfig,
): CandidateFacts | null {
  return source.state.reading(() => {
    const { store } = source;
    const candidate = store.candidates.get(instructionId);
    const instruction = store.instructions.get(instructionId);
    if (!candidate || !instruction) {
      return null;
    }
    const frozen = frozenConfig(source, candidate.iteration) ?? config;
    const decided = decidedAbout(store, [instructionId]);
    const state = stateOf(candidate, decided);
    const original = instruction.supersedes === null ? null : store.instructions.get(instruction.supersedes);
    return {
      ...{ instructionId, state, iteration: candidate.iteration, half: candidate.half, origin: instruction.origin },
      ...instructionFacts(instruction),
      stateReason: reasonOf(state, candidate, decided),
      words: wordsOf(instructionOf(instruction)),
      generator: candidate.answerId === null ? null : store.ledger.answer(candidate.answerId).writtenBy,
      parent: parentOf(source, candidate),
      neighbour: neighbourOf(source, candidate, instruction, frozen.diversity),
      checks: candidateChecks(source, candidate, instruction, frozen),
      duplicates: duplicatesOf(source, candidate),
      teacher: teacherOf(source, instructionId, config, decided),
      editedFrom: original && wholeFacts(original),
      ...itemDecisions(store, instructionId, null),
      trainedIn: trainedIn(source, instructionId),
    };
  });
}

function frozenConfig({ state }: ItemSource, iteration: number): ProjectConfig | null {
  const config = state.sql("SELECT config FROM iteration WHERE number = ?").pluck().get(iteration);
  return typeof config === "string" ? (JSON.parse(config) as ProjectConfig) : null;
}

function reasonOf(state: CandidateState, candidate: Candidate, decided: EffectiveState): string | null {
  switch (state) {
    case "refused":
      return decided.refused.get(candidate.instructionId)?.reason ?? null;
    case "excluded":
      return decided.excluded.get(candidate.instructionId) ?? null;
    case "filtered":
      return candidate.filterDetail ?? candidate.filter;
    default:
      return null;
  }
}

function parentOf(source: ItemSource, { parentId }: Candidate): CandidateFacts["parent"] {
  const parent = parentId === null ? null : source.store.instructions.get(parentId);
  const relative = parent && relativesOf(source, [parent.id])[0];
  return parent && relative ? { ...relative, ...wholeFacts(parent) } : null;
}

function wholeFacts(instruction: Instruction): WholeFacts {
  const { input } = instructionFacts(instruction);
  return { instructionId: instruction.id, whole: wholeOf(instruction), input };
}

function teacherOf(
  source: ItemSource,
  instructionId: number,
  { roles, profiles }: ProjectConfig,
  decided: EffectiveState,
): CandidateFacts["teacher"] {
  const { ledger } = source.store;
  const profile = profiles[roles.teacher];
  const current = { profile: roles.teacher, model: profile && "model" in profile ? profile.model : "" };
  const usable = ledger.usableTeacherAnswer(instructionId, current, decided);
  const answer = usable ?? ledger.answersOf(instructionId, "teacher").at(-1);
  return answer ? { ...answerFacts(source, answer, "teacher"), isUsable: usable !== null } : null;
}
