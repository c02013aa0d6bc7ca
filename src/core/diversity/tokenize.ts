/** Which texts count as equal words: `reference` is rouge_score 0.1.2 without stemming, `unicode` knows all scripts. */
export type TokenizerMode = "unicode" | "reference";

export interface Tokenizer {
  /** Changes whenever a text could get other tokens: scores of different versions can't be compared. */
  readonly version: string;
  readonly tokenize: (text: string) => readonly string[];
}

export const ASCII_ONLY = /^\p{ASCII}*$/u;
/** The words of a text in lower case. */
export const ASCII_WORDS = /[a-z0-9]+/g;

/**
 * The words of a text in lower case and NFC. Scripts written without spaces give one token a character (with its marks);
 * everything else a token a word.
 */
export const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]\p{M}*|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]]+/gv;

/** google-research/rouge, tokenize.py: lower case, everything outside a–z and 0–9 separates. */
function referenceTokens(text: string): readonly string[] {
  return text.toLowerCase().match(ASCII_WORDS) ?? [];
}

/**
 * Equal to the reference on ASCII. Compatibility forms (full-width letters, ligatures) are unified word by word, since
 * on the whole text that would turn symbols such as ™ into letters.
 */
function unicodeTokens(text: string): readonly string[] {
  if (ASCII_ONLY.test(text)) {
    return referenceTokens(text);
  }
  const words = text.toLowerCase().normalize("NFC").match(WORDS) ?? [];
  return words.map(unified);
}

/** The token of a word. */
export function unified(word: string): string {
  return ASCII_ONLY.test(word) ? word : word.normalize("NFKC").toLowerCase();
}

const TOKENIZERS: Readonly<Record<TokenizerMode, Tokenizer>> = {
  reference: { version: "reference-1", tokenize: referenceTokens },
  unicode: { version: "unicode-1", tokenize: unicodeTokens },
};

export function tokenizerFor(mode: TokenizerMode): Tokenizer {
  return TOKENIZERS[mode];
}
