import type { Random } from "../../random.ts";
import { CARRIERS } from "./carriers.ts";
import { FAMILIES, familyNamed } from "./catalogue.ts";
import type { Family, Payload, Task } from "./task.ts";

interface Frame {
  readonly family: Family;
  /** Lower case, without the closing colon; null is a slot. */
  readonly words: readonly (string | null)[];
}

const SLOT = "{}";
/** A payload longer than this is not read: no task is that long, and hostile texts are. */
const LONGEST_PAYLOAD = 64;

function frameOf(family: Family, text: string): Frame {
  return { family, words: text.split(" ").map((word) => (bare(word) === SLOT ? null : bare(word).toLowerCase())) };
}

/** A word without the punctuation that may follow it. */
function bare(word: string): string {
  return word.replace(/[.,;:!?]{1,3}$/u, "");
}

const framesByFirstWord = Map.groupBy(
  FAMILIES.flatMap((family) => family.frames.map((frame) => frameOf(family, frame))),
  (frame) => frame.words[0],
);

function carriers(random: Random): string {
  return `${random.pick(CARRIERS)} ${random.pick(CARRIERS)}`;
}

/**
 * A task as an instruction: two carrier words, one of the family's frames, the payload with spaces between its symbols,
 * two carrier words. The carriers mean nothing; without them short frames and payloads are so much alike that the
 * ROUGE-L limit refuses nearly every candidate.
 */
export function render(task: Task, random: Random): string {
  const slots = [...task.slots];
  const frame = random.pick(familyNamed(task.family).frames).replaceAll(SLOT, () => slots.shift() ?? "");
  return `${carriers(random)} ${frame} ${task.symbols.join(" ")} ${carriers(random)}`;
}

function slotsOf(frame: Frame, words: readonly string[], at: number): string[] | null {
  const slots: string[] = [];
  for (const [i, expected] of frame.words.entries()) {
    const word = bare(words[at + i] ?? "");
    if (expected === null && frame.family.accepts(word)) {
      slots.push(word);
    } else if (expected === null || expected !== word.toLowerCase()) {
      return null;
    }
  }
  return slots;
}

function payloadOf(frame: Frame, words: readonly string[], at: number): Payload | null {
  const slots = slotsOf(frame, words, at);
  if (slots === null) {
    return null;
  }
  const symbols: string[] = [];
  for (let i = at + frame.words.length; i < words.length && symbols.length <= LONGEST_PAYLOAD; i++) {
    const word = words[i] ?? "";
    if (!frame.family.accepts(bare(word))) {
      break;
    }
    symbols.push(bare(word));
    if (bare(word) !== word) {
      break;
    }
  }
  return symbols.length > LONGEST_PAYLOAD ? null : { symbols, slots };
}

/** The first task that a text asks for, whatever words stand around it; null when there is none. */
export function parseTask(text: string): Task | null {
  const words = text.split(/\s+/u);
  for (const [at, word] of words.entries()) {
    for (const frame of framesByFirstWord.get(bare(word).toLowerCase()) ?? []) {
      const payload = payloadOf(frame, words, at);
      const level = payload === null ? null : frame.family.levelOf(payload);
      if (payload !== null && level !== null) {
        return { family: frame.family.name, level, ...payload };
      }
    }
  }
  return null;
}
