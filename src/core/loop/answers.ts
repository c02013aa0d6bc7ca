import { AskFailed } from "../models/askFailed.ts";
import { messagesOf, PLAIN_PROMPT_VERSION } from "../models/messages.ts";
import type { Instruction } from "../pool/instruction.ts";
import type { Answer } from "../store/ledger.ts";
import { checkpointProfileOf, endpointOf, profileOf, type StageContext } from "./context.ts";

/**
 * Several processes take two seconds longer to start: fewer instructions than this are answered sooner by one. A student
 * made from a configuration here is tiny and quick; one whose weights were given takes seconds for each answer.
 */
const SEVERAL_PROCESSES_FROM = { tiny: 500, given: 16 } as const;

/**
 * The teacher's usable answer to an instruction: a stored one (whichever pool asked first, an imported one that serves,
 * or a person's correction, which wins), else a new one. Null when the teacher failed, refused, said nothing or was cut
 * off, and when a person found the answer wrong and nobody has asked again: such an answer never becomes training data
 * and gives no verdict.
 */
export async function teacherAnswer(context: StageContext, instruction: Instruction): Promise<Answer | null> {
  const { name, profile } = endpointOf(context.config, "teacher");
  const { decided, store } = context;
  const stored = store.ledger.usableTeacherAnswer(instruction.id, { profile: name, model: profile.model }, decided);
  if (stored || decided.rejected.has(instruction.id)) {
    return stored;
  }
  const answer = await ask(context, instruction, "teacher", name);
  return answer?.kind === "complete" ? answer : null;
}

/** A served student's answer; an empty or cut-off one is an answer too. Null when the endpoint failed on it for good. */
export function servedStudentAnswer(context: StageContext, instruction: Instruction): Promise<Answer | null> {
  return ask(context, instruction, "student", profileOf(context.config, "student").name);
}

/**
 * The student's answers to some instructions, as a function: for a checkpoint they are made by one job before this
 * resolves, a served student is asked when the function is called.
 *
 * @param purpose names the job within its iteration; the same purpose finds the same job again after a restart.
 */
export async function studentAnswers(
  context: StageContext,
  purpose: string,
  instructionIds: readonly number[],
): Promise<(instruction: Instruction) => Promise<Answer | null>> {
  const checkpoint = checkpointProfileOf(context.config);
  if (!checkpoint) {
    return (instruction) => servedStudentAnswer(context, instruction);
  }
  const fewest = "config" in checkpoint.profile.base ? SEVERAL_PROCESSES_FROM.tiny : SEVERAL_PROCESSES_FROM.given;
  const answers = await context.checkpointStudent.answer(
    {
      iteration: context.iteration,
      purpose,
      checkpoint: context.store.training.latestCheckpoint(context.iteration),
      profileName: checkpoint.name,
      profile: checkpoint.profile,
      instructions: context.store.instructions.getMany(instructionIds),
      processes: instructionIds.length < fewest ? 1 : context.config.training.processes,
      precision: context.config.training.precision,
      seed: context.config.seed,
    },
    (done, total, detail) => context.report("student answers", done, total, detail),
    context.signal,
  );
  return async (instruction) => answers.get(instruction.id) ?? null;
}

async function ask(
  context: StageContext,
  instruction: Instruction,
  role: "teacher" | "student",
  profile: string,
): Promise<Answer | null> {
  try {
    const answer = await context.asker.ask(
      {
        role,
        profile,
        messages: messagesOf(instruction),
        promptVersion: PLAIN_PROMPT_VERSION,
        draw: 0,
        instructionId: instruction.id,
        iteration: context.iteration,
      },
      context.signal,
    );
    context.store.ledger.link(instruction.id, role, answer.id);
    return answer;
  } catch (error) {
    if (error instanceof AskFailed) {
      return null;
    }
    throw error;
  }
}
