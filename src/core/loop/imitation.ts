import { LionError } from "../errors.ts";
import { isExactMatch } from "../evaluation/exactMatch.ts";
import type { Instruction } from "../pool/instruction.ts";
import { withoutExcluded } from "../review/pools.ts";
import { studentAnswers, teacherAnswer } from "./answers.ts";
import { checkpointProfileOf, type StageContext, windowOf } from "./context.ts";
import { forEachInOrder } from "./inOrder.ts";

export interface Example {
  readonly instruction: Instruction;
  readonly output: string;
}

/**
 * Collects the teacher's answers to the Train pool: stored ones are reused, the rest is asked for. Instructions without
 * a usable answer, and excluded ones, are left out and counted aloud.
 */
export async function collectExamples(context: StageContext): Promise<Example[]> {
  const { store, iteration, config, decided, signal, report } = context;
  const pool = store.instructions.getMany(withoutExcluded(store.pools.train(iteration), decided));
  const examples: Example[] = [];
  await forEachInOrder(
    pool,
    { window: windowOf(config), signal },
    (instruction) => teacherAnswer(context, instruction),
    (answer, instruction, position) => {
      if (answer) {
        examples.push({ instruction, output: answer.text });
      }
      report("teacher answers", position + 1, pool.length);
    },
  );
  const missing = pool.length - examples.length;
  if (missing > 0) {
    context.note(
      `${missing} of ${pool.length} instructions have no usable teacher's answer (failed, refused, empty, cut off, or found wrong by a person) and are not trained on: \`lion retry\` asks again, with other parameters or another profile where you name them.`,
    );
  }
  if (examples.length === 0) {
    throw new LionError(
      "environment",
      `The teacher gave no usable answer to any of the ${pool.length} instructions of the Train pool: look at its profile and limits in lion.json.`,
    );
  }
  return examples;
}

/** Whether the iteration's student was trained elsewhere and registered by hand: then nobody is asked and nothing trained. */
export function hasRegisteredStudent({ store, iteration, note }: StageContext): boolean {
  const isRegistered = store.training.checkpointOf(iteration)?.jobId === null;
  if (isRegistered) {
    note(`The checkpoint that was registered for iteration ${iteration} is its student: nothing is trained.`);
  }
  return isRegistered;
}

/** Trains the student on the examples and registers its checkpoint; a served student is left as it is. */
export async function train(context: StageContext, examples: readonly Example[]): Promise<void> {
  const { store, iteration, config } = context;
  const student = checkpointProfileOf(config);
  if (!student) {
    context.note("The student is a served model: nothing is trained here.");
    return;
  }
  const parent = config.loop.continueFrom === "previous" ? store.training.latestCheckpoint(iteration - 1) : null;
  await context.trainer.train(
    { iteration, config, profileName: student.name, profile: student.profile, examples, parent },
    (done, total, detail) => context.report("training steps", done, total, detail),
    context.signal,
  );
}

/** Asks the student the evaluation set and stores which answers match the reference. */
export async function evaluate(context: StageContext): Promise<void> {
  const { store, iteration, config, signal } = context;
  const set = config.evaluation.sets === "exact-match" ? store.instructions.evaluationSet() : [];
  const references = set.flatMap((instruction) => {
    const reference = store.ledger.answersOf(instruction.id, "teacher").find((answer) => answer.origin === "imported");
    return reference ? [{ instruction, reference: reference.text }] : [];
  });
  if (references.length === 0 || store.training.evaluation(iteration).length === references.length) {
    return;
  }
  const studentAnswer = await studentAnswers(
    context,
    "evaluation",
    set.map(({ id }) => id),
  );
  await forEachInOrder(
    references,
    { window: windowOf(config), signal },
    ({ instruction }) => studentAnswer(instruction),
    (answer, { instruction, reference }, position) => {
      if (answer) {
        const correct = isExactMatch(answer.text, reference);
        store.training.putEvaluation({ iteration, instructionId: instruction.id, answerId: answer.id, correct });
      }
      context.report("evaluation", position + 1, references.length);
    },
  );
}
