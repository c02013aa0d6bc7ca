import { LionError } from "../errors.ts";
import type { Question } from "../models/asker.ts";
import { AskFailed } from "../models/askFailed.ts";
import { messagesOf, PLAIN_PROMPT_VERSION } from "../models/messages.ts";
import type { Instruction } from "../pool/instruction.ts";
import { type CandidateState, stateOf } from "../review/candidateState.ts";
import { decidedAbout } from "../review/decided.ts";
import type { EffectiveState } from "../review/fold.ts";
import { requireInstruction } from "../review/knownCandidates.ts";
import type { Store } from "../store/store.ts";
import { endpointOf, type StageContext } from "./context.ts";
import { forEachInOrder } from "./inOrder.ts";

/** What asking outside of the stages works with. `config` is the project's as it is now. */
type AskContext = Pick<StageContext, "store" | "asker" | "config" | "signal">;

export interface AskTeacherOptions {
  readonly instructionIds: readonly number[];
  /**
   * ahead: what the coming imitation would ask, so that a person sees the answer to a candidate. again: another draw of
   * the same question, because of what a person thinks of the answer that there is.
   */
  readonly purpose: "ahead" | "again";
  /** Who asks; kept with what was asked for again. */
  readonly actor: string;
}

export interface AskedTeacher {
  /** Instructions whose answer is stored now, of whatever kind, or for which the teacher failed for good. */
  readonly asked: number;
  /** Of them, those whose answer is complete. */
  readonly answered: number;
  /** Why the others were not asked about, in a sentence; null when all were. */
  readonly problem: string | null;
}

/** Candidates that may yet be trained on, so that their answers are wanted. */
const MAY_BE_TRAINED_ON: ReadonlySet<CandidateState> = new Set(["waiting", "approved", "disputed"]);

/**
 * Asks the teacher about some instructions outside of the stages. The requests count for the newest iteration and its
 * allowance. Asked ahead is exactly what the next imitation asks, so that nothing is asked for twice; candidates that were
 * turned down meanwhile are left out. Asked again, the answer serves because somebody chose it. Refusals and cut-off
 * answers are stored as what they are.
 *
 * @throws LionError of kind `input` when there is no such instruction or the teacher cannot be asked as lion.json says.
 */
export async function askTeacher(context: AskContext, options: AskTeacherOptions): Promise<AskedTeacher> {
  const { store, config, signal } = context;
  const ids = [...new Set(options.instructionIds)];
  for (const id of ids) {
    requireInstruction(store, id);
  }
  const decided = decidedAbout(store, ids);
  const wanted = options.purpose === "again" ? ids : ids.filter((id) => isWanted(store, decided, id));
  let asked = 0;
  let answered = 0;
  try {
    await forEachInOrder(
      store.instructions.getMany(wanted),
      { window: endpointOf(config, "teacher").profile.limits.concurrency, signal },
      (instruction) => ask(context, options, decided, instruction),
      (isComplete) => {
        asked++;
        answered += isComplete ? 1 : 0;
      },
    );
  } catch (error) {
    if (!(error instanceof LionError) || error.kind === "input") {
      throw error;
    }
    const stopped = `Other work came first: ${asked} of ${wanted.length} instructions were asked about, ask again for the others.`;
    return { asked, answered, problem: error.kind === "interrupted" ? stopped : error.message };
  }
  return { asked, answered, problem: null };
}

function isWanted(store: Store, decided: EffectiveState, id: number): boolean {
  const candidate = store.candidates.get(id);
  return candidate !== null && MAY_BE_TRAINED_ON.has(stateOf(candidate, decided));
}

/** Whether the answer that is stored now is complete. */
async function ask(
  context: AskContext,
  { purpose, actor }: AskTeacherOptions,
  decided: EffectiveState,
  instruction: Instruction,
): Promise<boolean> {
  const { store, asker, config, signal } = context;
  const { name, profile } = endpointOf(config, "teacher");
  const usable = store.ledger.usableTeacherAnswer(instruction.id, { profile: name, model: profile.model }, decided);
  if (purpose === "ahead" && (usable || decided.rejected.has(instruction.id))) {
    return usable !== null;
  }
  const first: Question = {
    role: "teacher",
    profile: name,
    messages: messagesOf(instruction),
    promptVersion: PLAIN_PROMPT_VERSION,
    draw: 0,
    instructionId: instruction.id,
    iteration: store.iterations.latest()?.number ?? 1,
  };
  try {
    const answer = await asker.ask(purpose === "ahead" ? first : nextDraw(context, first), signal);
    store.ledger.link(instruction.id, "teacher", answer.id, { chosenBy: purpose === "ahead" ? null : actor });
    return answer.kind === "complete";
  } catch (error) {
    if (error instanceof AskFailed) {
      return false;
    }
    throw error;
  }
}

/** The same question with the lowest draw from 1 that has no answer: one that failed, or was broken off, is asked again. */
function nextDraw({ store, asker }: AskContext, first: Question): Question {
  for (let draw = 1; ; draw++) {
    const question = { ...first, draw };
    const key = asker.keyOf(question);
    if (store.ledger.answerTo(key) === null) {
      store.ledger.reopen(key);
      return question;
    }
  }
}
