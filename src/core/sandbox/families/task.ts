import type { Random } from "../../random.ts";

/** The three domains of the procedural tasks; the easy generator stays within one. */
export type Domain = "string" | "digits" | "arithmetic";

/** What a task is about: the symbols shown after the frame, and the letters that fill the frame's own slots. */
export interface Payload {
  readonly symbols: readonly string[];
  readonly slots: readonly string[];
}

/** One procedural task, apart from its wording. */
export interface Task extends Payload {
  readonly family: string;
  /** 1 to 8 when drawn; a hand-written text may show a longer payload. */
  readonly level: number;
}

/**
 * One kind of task. A frame is three to five words that stand directly before the payload; `{}` in a frame is a slot
 * for one letter, filled in the order of `slots`.
 */
export interface Family {
  readonly name: string;
  readonly domain: Domain;
  /** A small student does not learn it within the budgets of the miniature; declared, so that nobody is misled. */
  readonly sink?: true;
  readonly frames: readonly string[];
  /** A payload of the level. */
  draw(level: number, random: Random): Payload;
  /** Whether a word can be part of the payload. */
  accepts(symbol: string): boolean;
  /** The level of a payload, or null when it is none of this family. */
  levelOf(payload: Payload): number | null;
  /** The symbols of the answer; they are written with a space between them. */
  answer(payload: Payload): readonly string[];
}

/** The highest level that is ever drawn. */
export const HIGHEST_LEVEL = 8;

/** `count` symbols drawn independently from an alphabet, which is written as one string. */
export function symbolsFrom(alphabet: string, count: number, random: Random): string[] {
  return Array.from({ length: count }, () => alphabet.charAt(random.below(alphabet.length)));
}

/** Identifies equal tasks however they are worded. */
export function identityOf(task: Task): string {
  return `${task.family}|${task.slots.join("")}|${task.symbols.join("")}`;
}
