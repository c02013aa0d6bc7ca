import { DiversityIndex } from "../diversity/diversityIndex.ts";
import { LionError } from "../errors.ts";
import { checkValidity } from "../generator/filters.ts";
import { contentHash, type Instruction, type InstructionText, instructionOf, singleTurn } from "../pool/instruction.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Candidate } from "../store/candidates.ts";
import type { Store } from "../store/store.ts";
import type { ActContext } from "./act.ts";
import { stateOf } from "./candidateState.ts";
import { effectiveState } from "./fold.ts";

/** What a person writes in an instruction's place: the last user turn, and the material it is about. */
export interface EditedText {
  readonly instruction: string;
  readonly input: string;
}

/** What the filters say of an edited text. */
export interface CheckedEdit {
  /** Of the whole new instruction, so that no other one is stored on the strength of this check. */
  readonly contentHash: string;
  /** Reason code when a filter refused it; null when it passed all filters. */
  readonly filter: string | null;
  readonly filterDetail: string | null;
  readonly nearestId: number | null;
  /** ROUGE-L with the nearest, 0 to 1. */
  readonly nearestScore: number | null;
}

/**
 * Has the filters judge a text that a person would put in a candidate's place: whether it is a usable instruction, and
 * whether it differs enough from the Cache, from what waits or is approved and from the evaluation sets, its own original
 * left out. Reads all of these: a second or more on a large Cache. Stores nothing.
 *
 * @throws LionError of kind `input` when the text is empty, broken or unchanged, or there is no such candidate.
 */
export function checkEdit(
  store: Store,
  config: Pick<ProjectConfig, "generation" | "diversity">,
  id: number,
  text: EditedText,
): CheckedEdit {
  const candidate = store.candidates.get(id);
  if (!candidate) {
    throw new LionError("input", `#${id} is no candidate, so it cannot be edited: \`lion review list\` shows the ids.`);
  }
  const edited = editedText(store, id, text);
  const instruction = instructionOf(edited);
  const parent = candidate.parentId === null ? null : store.instructions.get(candidate.parentId);
  const validity = checkValidity(
    { instruction, input: edited.input, reply: { kind: "complete", finishReason: "stop" } },
    { parent: parent ?? singleTurn(""), limits: config.generation },
  );
  const hash = contentHash(edited);
  if (!validity.ok) {
    const { reason: filter, detail: filterDetail } = validity;
    return { contentHash: hash, filter, filterDetail, nearestId: null, nearestScore: null };
  }
  const { accepted, score, nearestId } = indexWithout(store, config, id).check(instruction);
  const isEvaluation = nearestId !== null && store.instructions.get(nearestId)?.purpose === "evaluation";
  return {
    contentHash: hash,
    filter: accepted ? null : isEvaluation ? "near-evaluation" : "too-similar",
    filterDetail: accepted ? null : `It is too much like #${nearestId}: ROUGE-L ${score.toFixed(3)}.`,
    nearestId,
    nearestScore: score,
  };
}

/**
 * Stores the new instruction and its candidate, which keeps the original's iteration, half and parent. The decision that
 * puts it in the original's place is the caller's.
 *
 * @returns the new instruction's id.
 * @throws LionError of kind `input` as `checkEdit` does.
 */
export function storeEdit(
  { store, clock, actor }: ActContext,
  {
    original,
    text,
    checked,
  }: { readonly original: Candidate; readonly text: EditedText; readonly checked: CheckedEdit },
): number {
  const edited = editedText(store, original.instructionId, text);
  if (contentHash(edited) !== checked.contentHash) {
    throw new Error(`What was checked is not what is to stand in the place of #${original.instructionId}.`);
  }
  const { licence, tags } = store.instructions.get(original.instructionId) as Instruction;
  const now = clock.now();
  const id = store.instructions.insert(
    {
      ...edited,
      origin: "edited",
      supersedes: original.instructionId,
      licence,
      tags: { ...tags, editedBy: actor },
    },
    now,
  );
  const { filter, filterDetail, nearestId, nearestScore } = checked;
  // No request of the generator has a negative number, so that this one is taken by no other candidate.
  store.candidates.add(
    { ...original, instructionId: id, ordinal: -id, filter, filterDetail, nearestId, nearestScore },
    now,
  );
  return id;
}

/** The instruction with its last user turn and its input replaced. */
function editedText(store: Store, id: number, { instruction, input }: EditedText): InstructionText {
  const original = store.instructions.get(id);
  if (!original) {
    throw new LionError("input", `There is no instruction #${id}: \`lion review list\` shows the ids.`);
  }
  if (instruction.trim() === "") {
    throw new LionError("input", `The new text of #${id} is empty: say what is to be done.`);
  }
  if (instruction.includes("\0") || input.includes("\0")) {
    throw new LionError("input", `The new text of #${id} has a NUL character in it: take it out.`);
  }
  const last = original.turns.findLastIndex(({ role }) => role === "user");
  const edited = {
    turns: original.turns.map((turn, at) => (at === last ? { ...turn, content: instruction.toWellFormed() } : turn)),
    input: input.trim() === "" ? "" : input.toWellFormed(),
    system: original.system,
  };
  if (contentHash(edited) === original.contentHash) {
    throw new LionError("input", `The text of #${id} is what it was: change it, or leave it.`);
  }
  return edited;
}

/** Everything that a new instruction must differ from, but for one that it is to replace. */
function indexWithout(store: Store, { diversity }: Pick<ProjectConfig, "diversity">, id: number): DiversityIndex {
  const decided = effectiveState(store.decisions.upTo());
  const cache = store.pools.cache(Number.MAX_SAFE_INTEGER);
  const standing = store.candidates.all().filter((candidate) => {
    const state = stateOf(candidate, decided);
    return state === "waiting" || state === "approved" || state === "disputed";
  });
  const ids = new Set([...cache, ...standing.map(({ instructionId }) => instructionId)]);
  ids.delete(id);
  const known = [...store.instructions.getMany([...ids]), ...store.instructions.evaluationSet()];
  const index = new DiversityIndex(diversity);
  index.bulkLoad(known.map((instruction) => ({ id: instruction.id, text: instructionOf(instruction) })));
  return index;
}
