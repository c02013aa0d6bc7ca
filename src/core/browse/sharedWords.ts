import type { Stretch } from "../../protocol/candidates.ts";
import { type LocatedToken, locateTokens } from "../diversity/locateTokens.ts";
import type { TokenizerMode } from "../diversity/tokenize.ts";

/** What two texts share: the stretches of either that hold the words of a longest common subsequence, in order. */
export interface SharedWords {
  readonly first: readonly Stretch[];
  readonly second: readonly Stretch[];
  /** How many words these are: what ROUGE-L counts. */
  readonly common: number;
}

/** Of longer texts only the beginning is compared, so that a page never waits. In UTF-16 units, and in pairs of words. */
const MOST_UNITS = 40_000;
const MOST_CELLS = 1_000_000;

/**
 * The words that two texts share, by the very rule that ROUGE-L goes by: a longest common subsequence of the tokenizer's
 * tokens. Of texts with more than about 1,000 words each, only that of their beginnings (behind what both begin with).
 */
export function sharedWords(first: string, second: string, mode: TokenizerMode): SharedWords {
  const a = locateTokens(beginning(first), mode);
  const b = locateTokens(beginning(second), mode);
  const pairs = commonSubsequence(a, b);
  return {
    first: stretches(
      a,
      pairs.map(([at]) => at),
    ),
    second: stretches(
      b,
      pairs.map(([, at]) => at),
    ),
    common: pairs.length,
  };
}

function beginning(text: string): string {
  return text.length <= MOST_UNITS ? text : text.slice(0, MOST_UNITS).toWellFormed();
}

type Pair = readonly [inFirst: number, inSecond: number];

/** Places of a longest common subsequence, in order. */
function commonSubsequence(a: readonly LocatedToken[], b: readonly LocatedToken[]): Pair[] {
  const isSame = (i: number, j: number): boolean => a[i]?.token === b[j]?.token;
  const shorter = Math.min(a.length, b.length);
  let begin = 0;
  while (begin < shorter && isSame(begin, begin)) {
    begin++;
  }
  let ending = 0;
  while (ending < shorter - begin && isSame(a.length - 1 - ending, b.length - 1 - ending)) {
    ending++;
  }
  const [m, n] = boundedTo(a.length - begin - ending, b.length - begin - ending);
  const middle = walk(m, n, (i, j) => isSame(begin + i, begin + j));
  return [
    ...Array.from({ length: begin }, (_, at): Pair => [at, at]),
    ...middle.map(([i, j]): Pair => [begin + i, begin + j]),
    ...Array.from({ length: ending }, (_, at): Pair => [a.length - ending + at, b.length - ending + at]),
  ];
}

/** As many rows and columns as there is room for; of two long sides as much of either. */
function boundedTo(m: number, n: number): [m: number, n: number] {
  if (m * n <= MOST_CELLS) {
    return [m, n];
  }
  const side = Math.floor(Math.sqrt(MOST_CELLS));
  const rows = Math.min(m, Math.max(side, Math.floor(MOST_CELLS / n)));
  return [rows, Math.min(n, Math.floor(MOST_CELLS / rows))];
}

/** Fills the table of the longest common subsequences of what is left from each place on, and walks it from the front. */
function walk(m: number, n: number, isSame: (i: number, j: number) => boolean): Pair[] {
  const width = n + 1;
  const table = new Uint16Array((m + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] as number;
  for (let i = m - 1; i >= 0; i--) {
    for (let j = n - 1; j >= 0; j--) {
      table[i * width + j] = isSame(i, j) ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < m && j < n) {
    if (isSame(i, j)) {
      pairs.push([i++, j++]);
    } else if (cell(i + 1, j) >= cell(i, j + 1)) {
      i++;
    } else {
      j++;
    }
  }
  return pairs;
}

/** Words that follow one another make one stretch, with what stands between them. */
function stretches(tokens: readonly LocatedToken[], shared: readonly number[]): Stretch[] {
  const found: Array<[from: number, to: number]> = [];
  let previous = -2;
  for (const at of shared) {
    const { from, to } = tokens[at] as LocatedToken;
    const last = found.at(-1);
    if (last && at === previous + 1) {
      last[1] = to;
    } else {
      found.push([from, to]);
    }
    previous = at;
  }
  return found;
}
