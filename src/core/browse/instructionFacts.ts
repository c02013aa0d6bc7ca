import type { LongText } from "../../protocol/queue.ts";
import type { Instruction } from "../pool/instruction.ts";
import { longText } from "./text.ts";

/** An instruction's texts, long ones by their beginnings. All of them are hostile: data, never markup. */
export interface InstructionFacts {
  readonly turns: ReadonlyArray<{ readonly role: "user" | "assistant"; readonly text: LongText }>;
  readonly input: LongText | null;
  readonly system: LongText | null;
}

/** The texts of an instruction; null where it has no input or no system message. */
export function instructionFacts({ id, turns, input, system }: Instruction): InstructionFacts {
  return {
    turns: turns.map(({ role, content }, at) => ({ role, text: longText(`turn:${id}:${at}`, content) })),
    input: input === "" ? null : longText(`input:${id}`, input),
    system: system === "" ? null : longText(`system:${id}`, system),
  };
}

/** The last user turn, which people call "the instruction", with its place among the turns in its name. */
export function wholeOf({ id, turns }: Instruction): LongText {
  const at = turns.findLastIndex(({ role }) => role === "user");
  return longText(`turn:${id}:${Math.max(0, at)}`, turns[at]?.content ?? "");
}
