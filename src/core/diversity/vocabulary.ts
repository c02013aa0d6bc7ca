import { GrowingInts } from "./ints.ts";

/** What a text is made of, in numbers; the arrays are reused by the next call. */
export interface Encoded {
  /** Token ids in the text's order. */
  readonly tokens: Int32Array;
  readonly tokenCount: number;
  /**
   * Element numbers, ascending. The second "the" of a text is another element than the first, so that bags of words
   * become sets.
   */
  readonly elements: Int32Array;
  readonly elementCount: number;
}

/**
 * Tokens and elements as numbers. The higher an element's number, the rarer it is taken to be: new ones are the
 * rarest so far, and `reorder` sets the numbers right after a bulk load. Any order gives the same answers; this one
 * makes them quick.
 */
export class Vocabulary {
  readonly #ids = new Map<string, number>();
  /** By token: the element of its first occurrence in a text. */
  readonly #first = new GrowingInts();
  /** By element: the one of the same token's next occurrence, or −1 where no text has had it. */
  readonly #following = new GrowingInts();
  /** By token, while a text is encoded: 1 + the element of its latest occurrence; −1 when that one is unknown. */
  #latest = new Int32Array(256);
  #tokens = new Int32Array(64);
  #elements = new Int32Array(64);

  /** The number of different tokens. */
  get size(): number {
    return this.#ids.size;
  }

  get elementCount(): number {
    return this.#following.length;
  }

  /** The known tokens and elements of a text; unknown ones are left out, since no other text can share them. */
  lookUp(words: readonly string[]): Encoded {
    return this.#encode(words, false);
  }

  /** All tokens and elements of a text; from now on they are known. */
  learn(words: readonly string[]): Encoded {
    return this.#encode(words, true);
  }

  #encode(words: readonly string[], learning: boolean): Encoded {
    if (this.#tokens.length < words.length) {
      this.#tokens = new Int32Array(words.length * 2);
      this.#elements = new Int32Array(words.length * 2);
    }
    let count = 0;
    for (const word of words) {
      const token = this.#ids.get(word) ?? (learning ? this.#newToken(word) : undefined);
      if (token !== undefined) {
        this.#tokens[count++] = token;
      }
    }
    return this.#withElements(this.#tokens, count, learning);
  }

  /** Encodes tokens that are known already, for example after `reorder`. */
  encodeAgain(tokens: Int32Array): Encoded {
    if (this.#elements.length < tokens.length) {
      this.#elements = new Int32Array(tokens.length * 2);
    }
    return this.#withElements(tokens, tokens.length, true);
  }

  #withElements(tokens: Int32Array, tokenCount: number, learning: boolean): Encoded {
    if (this.#latest.length < this.size) {
      this.#latest = new Int32Array(this.size * 2);
    }
    const latest = this.#latest;
    const elements = this.#elements;
    let elementCount = 0;
    for (let i = 0; i < tokenCount; i++) {
      const token = tokens[i] as number;
      const before = latest[token] as number;
      const element = before === 0 ? (this.#first.values[token] as number) : this.#next(before - 1, learning);
      latest[token] = element < 0 ? -1 : element + 1;
      if (element >= 0) {
        elements[elementCount++] = element;
      }
    }
    for (let i = 0; i < tokenCount; i++) {
      latest[tokens[i] as number] = 0;
    }
    elements.subarray(0, elementCount).sort();
    return { tokens, tokenCount, elements, elementCount };
  }

  #next(element: number, learning: boolean): number {
    if (element < 0) {
      return -1;
    }
    const following = this.#following.values[element] as number;
    if (following >= 0 || !learning) {
      return following;
    }
    const created = this.#newElement();
    this.#following.values[element] = created;
    return created;
  }

  #newToken(word: string): number {
    const token = this.#ids.size;
    this.#ids.set(word, token);
    this.#first.push(this.#newElement());
    return token;
  }

  #newElement(): number {
    this.#following.push(-1);
    return this.#following.length - 1;
  }

  /** Numbers the elements anew, the most frequent first; `frequency[element]` says in how many texts each occurs. */
  reorder(frequency: Int32Array): void {
    const order = Array.from({ length: this.elementCount }, (_, element) => element).sort(
      (a, b) => (frequency[b] as number) - (frequency[a] as number) || a - b,
    );
    const renumbered = new Int32Array(order.length);
    order.forEach((element, rank) => {
      renumbered[element] = rank;
    });
    for (let token = 0; token < this.#first.length; token++) {
      this.#first.values[token] = renumbered[this.#first.values[token] as number] as number;
    }
    const following = this.#following.values.slice(0, order.length);
    order.forEach((element, rank) => {
      const next = following[element] as number;
      this.#following.values[rank] = next < 0 ? -1 : (renumbered[next] as number);
    });
  }
}
