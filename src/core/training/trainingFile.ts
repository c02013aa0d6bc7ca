import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { LionError } from "../errors.ts";
import { type Instruction, instructionOf } from "../pool/instruction.ts";

/** One instruction with the answer that the student imitates. */
export interface TrainingExample {
  readonly instruction: Instruction;
  readonly output: string;
}

/** What the trainer's template is filled with. */
export interface PromptFields {
  readonly instruction: string;
  readonly input: string;
  readonly system: string;
}

/**
 * The fields of an instruction that the trainer's template knows.
 *
 * @throws LionError for a conversation: dropping its earlier turns would train on another task than was answered.
 */
export function promptFields(instruction: Instruction): PromptFields {
  if (instruction.turns.length !== 1) {
    throw new LionError(
      "input",
      `Instruction ${instruction.id} is a conversation of ${instruction.turns.length} turns, which a trained student cannot take yet: exclude it.`,
    );
  }
  return { instruction: instructionOf(instruction), input: instruction.input, system: instruction.system };
}

function lineOf({ instruction, output }: TrainingExample): string {
  return `${JSON.stringify({ id: String(instruction.id), ...promptFields(instruction), output })}\n`;
}

/** SHA-256 of the training file that these examples make: the same examples in the same order give the same bytes. */
export function trainingDataHash(examples: readonly TrainingExample[]): string {
  const hash = createHash("sha256");
  for (const example of examples) {
    hash.update(lineOf(example));
  }
  return hash.digest("hex");
}

/** Writes the examples as JSON Lines {id, instruction, input, system, output}, in their order. */
export function writeTrainingFile(path: string, examples: readonly TrainingExample[]): void {
  const SLICE = 1000;
  const file = openSync(path, "w");
  try {
    for (let start = 0; start < examples.length; start += SLICE) {
      writeSync(
        file,
        examples
          .slice(start, start + SLICE)
          .map(lineOf)
          .join(""),
      );
    }
  } finally {
    closeSync(file);
  }
}
