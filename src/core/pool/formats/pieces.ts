/** Rows longer than this are refused: a broken quote would otherwise swallow the rest of a file. In bytes. */
const LONGEST_ROW = 1_000_000;

export const TOO_LONG = `is longer than ${LONGEST_ROW / 1_000_000} MB`;

/** The bytes of one row with what to call it in a sentence ("item 3"), or a sentence that says why there are none. */
export type Piece =
  | { readonly line: number; readonly name: string; readonly bytes: Buffer }
  | { readonly line: number; readonly reason: string };

/** Cuts a file into rows, one chunk of bytes after the other. */
export interface Splitter {
  /** The line that the next byte belongs to, from 1. */
  readonly line: number;
  push(chunk: Buffer): Iterable<Piece>;
  /** What is left when the file ends. */
  end(): Iterable<Piece>;
}

/** Collects the bytes of one row over several chunks; keeps none of them once they are too many. */
export class RowBytes {
  #parts: Buffer[] = [];
  #length = 0;

  get isTooLong(): boolean {
    return this.#length > LONGEST_ROW;
  }

  append(part: Buffer): void {
    this.#length += part.length;
    if (this.isTooLong) {
      this.#parts = [];
    } else if (part.length > 0) {
      this.#parts.push(part);
    }
  }

  /** The bytes so far, after which it is empty. */
  take(): Buffer {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return bytes;
  }
}
