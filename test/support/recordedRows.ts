import { Random } from "../../src/core/random.ts";

export interface RecordedRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

const BEGINNINGS = [
  "Describe",
  "Explain in plain words",
  "Write a short story about",
  "List three reasons for",
  "Compare and contrast",
  "Draft a letter that mentions",
  "Suggest a title for an article on",
  "Summarize what is known of",
  "Give an example of",
  "Argue for and against",
];
const SYLLABLES = [
  "ba",
  "ren",
  "ti",
  "lo",
  "mar",
  "vek",
  "sun",
  "do",
  "pil",
  "gra",
  "ne",
  "hu",
  "zor",
  "cal",
  "wy",
  "fe",
];

/** Rows as people have recorded them, of made-up words: varied enough that few are alike. A third has an input. */
export function recordedRows(count: number, seed: string): RecordedRow[] {
  const random = new Random(seed);
  const word = (): string => Array.from({ length: 2 + random.below(3) }, () => random.pick(SYLLABLES)).join("");
  const words = (least: number, most: number): string =>
    Array.from({ length: least + random.below(most - least + 1) }, word).join(" ");
  return Array.from({ length: count }, () => ({
    instruction: `${random.pick(BEGINNINGS)} ${words(4, 12)}.`,
    input: random.next() < 1 / 3 ? words(5, 20) : "",
    output: `${words(10, 50)}.`,
  }));
}
