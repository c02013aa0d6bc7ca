/** Of a whole text that somebody pastes, so many words tell it from all others. */
const MOST_WORDS = 32;

/**
 * Turns what a person types into a full-text query: every word must occur, the last one may be the beginning of a word.
 * Words are quoted, so that nothing typed is an operator. Null when there is no word in it.
 */
export function textQuery(typed: string): string | null {
  // What the index's tokenizer takes for a word; everything else only separates.
  const words = typed.match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu)?.filter((word) => /[\p{L}\p{N}\p{Co}]/u.test(word)) ?? [];
  const last = words.at(-1);
  if (last === undefined) {
    return null;
  }
  // A single letter begins a good part of all words: finding them all would take long and tell nothing.
  const isBeginning = !/\s$/.test(typed) && [...last].length > 1 && words.length <= MOST_WORDS;
  const asked = words.slice(0, MOST_WORDS);
  return asked.map((word, at) => `"${word}"${isBeginning && at === asked.length - 1 ? "*" : ""}`).join(" ");
}
