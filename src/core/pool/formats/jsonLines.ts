import { type Piece, RowBytes, type Splitter, TOO_LONG } from "./pieces.ts";

const NEWLINE = 0x0a;

/** Cuts JSONL into its lines. Empty ones are left out; a carriage return at the end is white space to JSON. */
export class LineSplitter implements Splitter {
  line = 1;
  readonly #row = new RowBytes();

  *push(chunk: Buffer): Generator<Piece> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#row.append(chunk.subarray(start, end));
      yield* this.end();
      this.line++;
      start = end + 1;
    }
    this.#row.append(chunk.subarray(start));
  }

  *end(): Generator<Piece> {
    const { isTooLong } = this.#row;
    const bytes = this.#row.take();
    if (isTooLong) {
      yield { line: this.line, reason: `the row ${TOO_LONG}` };
    } else if (!isBlank(bytes)) {
      yield { line: this.line, name: "the row", bytes };
    }
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
