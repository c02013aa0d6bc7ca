const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]\p{M}*/gu;
const SPACED = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*/gu;

/** In Chinese and Japanese a word has about two characters. */
const CHARACTERS_A_WORD = 2;

/** How many words a text has at least and at most; the two differ in scripts that are written without spaces. */
export interface WordCount {
  /** With two characters of such a script a word. */
  readonly fewest: number;
  /** With each character of such a script a word. */
  readonly most: number;
}

/** Counts the words of a text in any language. */
export function countWords(text: string): WordCount {
  const characters = text.match(SPACELESS)?.length ?? 0;
  const words = text.replaceAll(SPACELESS, " ").match(SPACED)?.length ?? 0;
  // "3 + 4 = ?" is made of five: signs between spaces count where something is said at all.
  const pieces = words + characters === 0 ? 0 : (text.match(/\S+/gu)?.length ?? 0);
  return {
    fewest: words + Math.ceil(characters / CHARACTERS_A_WORD),
    most: Math.max(words + characters, pieces),
  };
}
