import { ASCII_ONLY, ASCII_WORDS, type TokenizerMode, unified, WORDS } from "./tokenize.ts";

/** A token and where its word stands in the text as it was written: UTF-16 units from, and up to but without to. */
export interface LocatedToken {
  readonly token: string;
  readonly from: number;
  readonly to: number;
}

/** A text as the tokenizer looks at it, with the place in the original that each of its units came from. */
interface Traced {
  readonly text: string;
  /** By unit, the first one of the original that it came from, and the end of it; one object a piece. */
  readonly places: ReadonlyArray<{ readonly from: number; readonly to: number }>;
}

/** The tokens that `tokenizerFor(mode)` gives, in the same order, each with its place. */
export function locateTokens(text: string, mode: TokenizerMode): LocatedToken[] {
  if (ASCII_ONLY.test(text)) {
    return [...text.toLowerCase().matchAll(ASCII_WORDS)].map(({ 0: token, index }) => ({
      token,
      from: index,
      to: index + token.length,
    }));
  }
  const lower = lowered(text);
  const { text: whole, places } = mode === "reference" ? lower : composed(lower);
  const words = whole.matchAll(mode === "reference" ? ASCII_WORDS : WORDS);
  return [...words].map(({ 0: word, index }) => ({
    token: mode === "reference" ? word : unified(word),
    from: places[index]?.from ?? 0,
    to: places[index + word.length - 1]?.to ?? text.length,
  }));
}

/** Lower case changes single characters: some look at their neighbours for which form they take, none for how long it is. */
function lowered(text: string): Traced {
  const places: Array<Traced["places"][number]> = [];
  let from = 0;
  for (const character of text) {
    const place = { from, to: from + character.length };
    const { length } = character.toLowerCase();
    for (let unit = 0; unit < length; unit++) {
      places.push(place);
    }
    from = place.to;
  }
  return { text: text.toLowerCase(), places };
}

/**
 * Pieces of a text that compose by themselves: a character with its marks, the letters of a Korean syllable. The second way
 * of cutting is for what newer scripts may bring: nothing composes across a space.
 */
const CUTS = [/[\u1100-\u11ff\uac00-\ud7a3]+\p{M}*|\P{M}\p{M}*|\p{M}+/gu, /\s+|\S+/gu];

function composed(lower: Traced): Traced {
  const text = lower.text.normalize("NFC");
  if (text === lower.text) {
    return lower;
  }
  const traces = CUTS.map((cut) => composedBy(lower, cut));
  return traces.find((trace) => trace.text === text) ?? { text, places: [] };
}

/** Units of a piece that changes as a whole stand for all of it. */
function composedBy({ text, places }: Traced, cut: RegExp): Traced {
  const composedPlaces: Array<Traced["places"][number]> = [];
  let whole = "";
  for (const { 0: piece, index } of text.matchAll(cut)) {
    const after = piece.normalize("NFC");
    const all = { from: places[index]?.from ?? 0, to: places[index + piece.length - 1]?.to ?? 0 };
    for (let unit = 0; unit < after.length; unit++) {
      composedPlaces.push(after === piece ? (places[index + unit] ?? all) : all);
    }
    whole += after;
  }
  return { text: whole, places: composedPlaces };
}
