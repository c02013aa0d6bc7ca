import { popcount } from "./bits.ts";

/** The carry out of a word is looked for in the sum itself, so long texts use 31 of the 32 bits. */
const WORD = 31;
const ALL_ONES = 0x7fffffff;

/**
 * Length of the longest common subsequence of one text and many others, 32 or 31 positions at a time (Hyyrö 2004, "Bit-parallel
 * LCS-length computation revisited"): a bit of the state is 0 where the length rises by one.
 */
export class LcsMatcher {
  /** By token: for short texts where it stands in the text, as bits; for long ones its row in `#masks`, from 1. */
  #slots = new Int32Array(256);
  #masks = new Int32Array(0);
  #state = new Int32Array(0);
  #words = 0;

  /** Takes the text that the others are compared with: `count` token ids, all below `vocabularySize`. */
  prepare(tokens: Int32Array, count: number, vocabularySize: number): void {
    if (this.#slots.length < vocabularySize) {
      this.#slots = new Int32Array(vocabularySize * 2);
    }
    if (count <= 32) {
      this.#words = 1;
      for (let i = 0; i < count; i++) {
        const token = tokens[i] as number;
        this.#slots[token] = (this.#slots[token] as number) | (1 << i);
      }
      return;
    }
    this.#prepareLong(tokens, count);
  }

  #prepareLong(tokens: Int32Array, count: number): void {
    const words = Math.ceil(count / WORD);
    let rows = 0;
    for (let i = 0; i < count; i++) {
      const token = tokens[i] as number;
      if (this.#slots[token] === 0) {
        this.#slots[token] = ++rows;
      }
    }
    this.#words = words;
    this.#masks = new Int32Array((rows + 1) * words);
    this.#state = new Int32Array(words);
    for (let i = 0; i < count; i++) {
      const cell = (this.#slots[tokens[i] as number] as number) * words + Math.floor(i / WORD);
      this.#masks[cell] = (this.#masks[cell] as number) | (1 << (i % WORD));
    }
  }

  /** Forgets the prepared text. */
  release(tokens: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#slots[tokens[i] as number] = 0;
    }
  }

  /**
   * The length of the longest common subsequence with `others[start … start + count)`, or 0 if that is certain to be
   * less than `atLeast`.
   */
  common(others: Int32Array, start: number, count: number, atLeast: number): number {
    return this.#words === 1
      ? this.#commonShort(others, start, start + count)
      : this.#commonLong(others, start, start + count, atLeast);
  }

  #commonShort(others: Int32Array, start: number, end: number): number {
    const slots = this.#slots;
    let state = -1;
    for (let i = start; i < end; i++) {
      const mask = slots[others[i] as number] as number;
      state = (state + (state & mask)) | (state & ~mask);
    }
    return popcount(~state);
  }

  #commonLong(others: Int32Array, start: number, end: number, atLeast: number): number {
    const slots = this.#slots;
    let shared = 0;
    for (let i = start; i < end; i++) {
      shared += slots[others[i] as number] === 0 ? 0 : 1;
    }
    if (shared < atLeast) {
      return 0;
    }
    const masks = this.#masks;
    const words = this.#words;
    const state = this.#state.fill(ALL_ONES);
    for (let i = start; i < end; i++) {
      const row = slots[others[i] as number] as number;
      if (row === 0) {
        continue;
      }
      let carry = 0;
      for (let word = 0; word < words; word++) {
        const before = state[word] as number;
        const mask = masks[row * words + word] as number;
        const sum = before + (before & mask) + carry;
        carry = sum > ALL_ONES ? 1 : 0;
        state[word] = (sum & ALL_ONES) | (before & ~mask);
      }
    }
    let ones = 0;
    for (let word = 0; word < words; word++) {
      ones += popcount(state[word] as number);
    }
    return words * WORD - ones;
  }
}
