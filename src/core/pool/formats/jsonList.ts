import { type Piece, RowBytes, type Splitter, TOO_LONG } from "./pieces.ts";

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Cuts a JSON list into its items by brackets, quotes and commas alone. What an item holds is not looked at, so a
 * broken one costs no other as long as its brackets and quotes are paired, and a list that is cut off costs its last.
 */
export class ListSplitter implements Splitter {
  line = 1;
  #item = 1;
  /** Bytes read before the current chunk. */
  #position = 0;
  /** Open brackets, the list's own included. */
  #depth = 0;
  #inText = false;
  #escaped = false;
  #ended = false;
  /** What was found after the list's end. */
  #afterEnd: Piece | null = null;
  /** The line that the current item begins in; null before its first byte. */
  #begun: number | null = null;
  readonly #row = new RowBytes();

  *push(chunk: Buffer): Generator<Piece> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === NEWLINE) {
        this.line++;
      }
      if (this.#inText) {
        this.#withinText(byte);
      } else if (byte > 0x20) {
        if (this.#depth === 0) {
          this.#outsideList(byte, at);
        } else if (this.#depth === 1 && (byte === COMMA || isClosing(byte))) {
          yield* this.#finishItem(chunk.subarray(start, at), byte === COMMA);
        } else {
          if (this.#begun === null) {
            this.#begun = this.line;
            start = at;
          }
          this.#withinItem(byte);
        }
      }
    }
    if (this.#begun !== null) {
      this.#row.append(chunk.subarray(start));
    }
    this.#position += chunk.length;
  }

  /** JSON knows no line break within a text: there a quote is missing, and the rest of the list is saved. */
  #withinText(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (byte === BACKSLASH) {
      this.#escaped = true;
    } else if (byte === QUOTE || byte === NEWLINE) {
      this.#inText = false;
    }
  }

  #withinItem(byte: number): void {
    if (byte === QUOTE) {
      this.#inText = true;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      this.#depth++;
    } else if (isClosing(byte)) {
      this.#depth--;
    }
  }

  #outsideList(byte: number, at: number): void {
    if (this.#ended) {
      const place = `line ${this.line}, byte ${this.#position + at + 1}`;
      this.#afterEnd ??= { line: this.line, reason: `the list has ended before ${place}: what follows was not read` };
    } else if (byte === OPEN_LIST) {
      this.#depth = 1;
    }
  }

  *#finishItem(lastBytes: Buffer, moreFollow: boolean): Generator<Piece> {
    const name = `item ${this.#item}`;
    if (this.#begun !== null) {
      this.#row.append(lastBytes);
      const { isTooLong } = this.#row;
      const bytes = this.#row.take();
      yield { line: this.#begun, ...(isTooLong ? { reason: `${name} ${TOO_LONG}` } : { name, bytes }) };
    } else if (moreFollow) {
      yield { line: this.line, reason: `${name} is missing: there is nothing between two commas` };
    }
    this.#item++;
    this.#begun = null;
    if (!moreFollow) {
      this.#depth = 0;
      this.#ended = true;
    }
  }

  *end(): Generator<Piece> {
    if (this.#ended) {
      yield* this.#afterEnd ? [this.#afterEnd] : [];
      return;
    }
    const place = `the file ends at line ${this.line}, byte ${this.#position}`;
    if (this.#begun !== null && (this.#depth > 1 || this.#inText)) {
      yield { line: this.#begun, reason: `item ${this.#item} is cut off: ${place}` };
      return;
    }
    yield* this.#finishItem(Buffer.alloc(0), false);
    yield { line: this.line, reason: `the list is cut off: ${place}, without a closing bracket` };
  }
}

function isClosing(byte: number): boolean {
  return byte === CLOSE_LIST || byte === CLOSE_OBJECT;
}
