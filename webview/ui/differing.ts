import { diffArrays } from "diff";
import type { Stretch } from "../../src/protocol/candidates.ts";

/** Words of a text that are compared at most, and the milliseconds that it may take. */
const MOST_WORDS = 4_000;
const LONGEST_MS = 60;

interface Word {
  readonly text: string;
  readonly from: number;
}

/** Where two texts differ, by words; offsets in UTF-16 units. */
export interface Differing {
  readonly left: readonly Stretch[];
  readonly right: readonly Stretch[];
}

/** Words that only one of two texts has at its place, by Myers' algorithm; null where that would take too long. */
export function differing(left: string, right: string): Differing | null {
  const lefts = wordsOf(left);
  const rights = lefts && wordsOf(right);
  if (!lefts || !rights) {
    return null;
  }
  const changes = diffArrays(
    lefts.map(({ text }) => text),
    rights.map(({ text }) => text),
    { timeout: LONGEST_MS },
  );
  if (!changes) {
    return null;
  }
  const found = { left: [] as Stretch[], right: [] as Stretch[] };
  let [l, r] = [0, 0];
  for (const { added, removed, value } of changes) {
    if (removed) {
      found.left.push(stretchOf(lefts, l, value.length));
    } else if (added) {
      found.right.push(stretchOf(rights, r, value.length));
    }
    l += added ? 0 : value.length;
    r += removed ? 0 : value.length;
  }
  return found;
}

/** A text's words; null where there are too many, of which no more are looked for then. */
function wordsOf(text: string): Word[] | null {
  const words: Word[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}_']+|[^\s\p{L}\p{N}]/gu)) {
    if (words.length === MOST_WORDS) {
      return null;
    }
    words.push({ text: match[0], from: match.index });
  }
  return words;
}

function stretchOf(words: readonly Word[], first: number, count: number): Stretch {
  const last = words[first + count - 1];
  return [words[first]?.from ?? 0, last ? last.from + last.text.length : 0];
}
