import { canonicalJson, sha256 } from "../hash.ts";

/** One turn of a conversation. At first an instruction has exactly one, the user's. */
export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What is asked of a model: the text part of an instruction. Never updated once stored. */
export interface InstructionText {
  readonly turns: readonly Turn[];
  /** The material the instruction is about (Alpaca's `input`); empty when there is none. */
  readonly input: string;
  /** The system message; empty when there is none. The template decides where it goes. */
  readonly system: string;
}

/** How an instruction came to be. */
export type Origin = "imported" | "generated" | "edited" | "written";

/** One stored task. */
export interface Instruction extends InstructionText {
  readonly id: number;
  readonly origin: Origin;
  /** Evaluation instructions are never in a pool and never trained on. */
  readonly purpose: "training" | "evaluation";
  readonly sourceId: number | null;
  readonly sourceLine: number | null;
  readonly supersedes: number | null;
  readonly licence: string | null;
  /** Facts that came with the row (a level, a category); never shown to a model. */
  readonly tags: Readonly<Record<string, string | number>>;
  readonly contentHash: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An instruction of one user turn. */
export function singleTurn(instruction: string, input = "", system = ""): InstructionText {
  return { turns: [{ role: "user", content: instruction }], input, system };
}

/** The last user turn: what people call "the instruction", and what the diversity check compares. */
export function instructionOf(text: InstructionText): string {
  return text.turns.findLast((turn) => turn.role === "user")?.content ?? "";
}

/** Identifies equal texts: SHA-256 over turns, input and system. */
export function contentHash(text: InstructionText): string {
  return sha256(canonicalJson({ turns: text.turns, input: text.input, system: text.system }));
}
