import { GrowingInts, IntArena } from "./ints.ts";

/** A block is a header (the block before it or −1, postings in it, room for how many) and its postings. */
export const HEADER = 3;
/** A posting is a document, its length and the element's position (16 bits each), and the document's signature. */
export const POSTING = 3;
const LARGEST_BLOCK = 1024;

/** The largest length or position that a posting can hold; longer ones are clamped to it. */
export const CLAMPED = 0xffff;

/**
 * Lists of postings in blocks that double, newest first. The signature travels with each posting so that a search
 * rules most documents out without touching anything else in memory.
 */
export class Postings {
  readonly arena = new IntArena();
  /** By list: the address of its newest block, or −1. */
  readonly #newest = new GrowingInts();

  newestBlock(list: number): number {
    return list < this.#newest.length ? (this.#newest.values[list] as number) : -1;
  }

  push(list: number, document: number, length: number, position: number, signature: number): void {
    while (this.#newest.length <= list) {
      this.#newest.push(-1);
    }
    let block = this.#newest.values[list] as number;
    if (block < 0 || this.#isFull(block)) {
      block = this.#newBlock(block);
      this.#newest.values[list] = block;
    }
    const chunk = this.arena.chunkOf(block);
    const start = this.arena.offsetOf(block);
    const count = chunk[start + 1] as number;
    const at = start + HEADER + count * POSTING;
    chunk[at] = document;
    chunk[at + 1] = (Math.min(length, CLAMPED) << 16) | Math.min(position, CLAMPED);
    chunk[at + 2] = signature;
    chunk[start + 1] = count + 1;
  }

  #isFull(block: number): boolean {
    const chunk = this.arena.chunkOf(block);
    const start = this.arena.offsetOf(block);
    return chunk[start + 1] === chunk[start + 2];
  }

  #newBlock(before: number): number {
    const room = before < 0 ? 1 : this.#doubled(before);
    const block = this.arena.allocate(HEADER + room * POSTING);
    const chunk = this.arena.chunkOf(block);
    const start = this.arena.offsetOf(block);
    chunk[start] = before;
    chunk[start + 2] = room;
    return block;
  }

  #doubled(block: number): number {
    const room = this.arena.chunkOf(block)[this.arena.offsetOf(block) + 2] as number;
    return Math.min(room * 2, LARGEST_BLOCK);
  }
}
