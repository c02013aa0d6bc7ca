/** Longer texts are compared by their beginning only, so that a hostile text costs no more than a long one. */
const LONGEST = 4000;

const TOKENS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;

/** The words of a text in lower case; marks, and letters of scripts without spaces, stand alone. */
export function wordsOf(text: string): string[] {
  return (
    text
      .slice(0, LONGEST * 8)
      .toLowerCase()
      .match(TOKENS)
      ?.slice(0, LONGEST) ?? []
  );
}

/** The visible characters of a text. */
export function charactersOf(text: string): string[] {
  return [...text.slice(0, LONGEST).replaceAll(/\s+/gu, "")];
}

function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Uint16Array(b.length + 1);
  for (const symbol of a) {
    const next = new Uint16Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) {
      next[j] = symbol === b[j - 1] ? (row[j - 1] as number) + 1 : Math.max(row[j] as number, next[j - 1] as number);
    }
    row = next;
  }
  return row[b.length] as number;
}

/**
 * How much of a reference an answer has in the same order, 0 to 1: F = 2 · LCS / (|reference| + |answer|), the F-measure
 * of ROUGE-L (Lin 2004) with equal weights. 0 when either is empty.
 */
export function overlap(reference: readonly string[], answer: readonly string[]): number {
  return reference.length === 0 || answer.length === 0
    ? 0
    : (2 * longestCommonSubsequence(reference, answer)) / (reference.length + answer.length);
}
