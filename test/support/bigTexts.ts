import { Random } from "../../src/core/random.ts";

const ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w z".split(" ");
const VOWELS = "a e i o u ea ou ai".split(" ");
const CODAS = ["", "", "", "n", "r", "s", "t", "l", "nd", "st", "ng"];

/**
 * Texts of made-up words with the frequencies of natural language (Zipf) and lengths that scatter as real ones do. The
 * same seed gives the same texts.
 */
export class BigTexts {
  readonly #random: Random;
  readonly #words: readonly string[];

  constructor(seed: string, vocabulary = 20_000) {
    this.#random = new Random(seed);
    const words = new Set<string>();
    while (words.size < vocabulary) {
      words.add(this.#word(1 + Math.floor(Math.log2(1 + words.size) / 5)));
    }
    this.#words = [...words];
  }

  /** A text of about `typical` words: half of all are shorter, a few several times as long. At least two words. */
  text(typical: number): string {
    const length = Math.max(2, Math.round(typical * Math.exp(0.6 * this.#random.normal(0, 1))));
    const words = new Array<string>(length);
    for (let at = 0; at < length; at++) {
      words[at] = this.#words[Math.floor(this.#words.length ** this.#random.next()) - 1] as string;
    }
    return `${words.join(" ")}.`;
  }

  #word(syllables: number): string {
    const syllable = (): string => this.#random.pick(ONSETS) + this.#random.pick(VOWELS) + this.#random.pick(CODAS);
    return Array.from({ length: syllables }, syllable).join("");
  }
}
