import { isUtf8 } from "node:buffer";
import { messageOf } from "../../errors.ts";
import { DamagedFile, fileBytes } from "./fileBytes.ts";
import { LineSplitter } from "./jsonLines.ts";
import { ListSplitter } from "./jsonList.ts";
import type { Piece, Splitter } from "./pieces.ts";
import { type ImportedRow, RefusedRow } from "./record.ts";
import { recordsOf } from "./recordsOf.ts";

/** How much of a file is looked at to tell what it is. In bytes. */
const HEAD = 4096;

/**
 * Reads a file row by row: a JSON list or JSONL of any known row format (see `recordsOf`), plain or gzipped, told by
 * its content. What can't be used comes as a row with a reason; what stands after it is read on as far as possible.
 * @param onRead told how many bytes of the file itself were read, each time some were
 * @throws LionError of kind `input` if the file can't be opened or read at all
 */
export async function* readRecords(path: string, onRead?: (bytes: number) => void): AsyncGenerator<ImportedRow> {
  let splitter: Splitter | null = null;
  try {
    for await (const chunk of fileBytes(path, onRead)) {
      const text: Buffer = splitter ? chunk : withoutMark(chunk);
      if (!splitter) {
        const problem = problemOf(text);
        if (problem) {
          yield { line: 1, reason: problem };
          return;
        }
        splitter = headOf(text).startsWith("[") ? new ListSplitter() : new LineSplitter();
      }
      yield* rowsOf(splitter.push(text));
    }
  } catch (error) {
    if (!(error instanceof DamagedFile)) {
      throw error;
    }
    yield { line: splitter?.line ?? 1, reason: `${error.message} here: nothing from this line on could be read` };
    return;
  }
  if (splitter) {
    yield* rowsOf(splitter.end());
  } else {
    yield { line: 1, reason: "the file is empty" };
  }
}

/** Without the byte order mark that some editors put before UTF-8. */
function withoutMark(chunk: Buffer): Buffer {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
}

/** The beginning of a file, without leading white space; a character for every byte. */
function headOf(chunk: Buffer): string {
  return chunk.subarray(0, HEAD).toString("latin1").trimStart();
}

/** Why nothing in the file can be read row by row, seen from its beginning; null if nothing speaks against it. */
function problemOf(chunk: Buffer): string | null {
  const head = headOf(chunk);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(head)) {
    return "the file is in UTF-16: save it as UTF-8";
  }
  if (head.includes("\0")) {
    return "the file is not a text file: a JSON list or JSONL is expected, plain or gzipped";
  }
  if (/^\{\s*\n/.test(head)) {
    return "the file is one JSON object over several lines: a JSON list of rows is expected, or one row a line";
  }
  return head === "" && chunk.length < HEAD ? "the file is empty" : null;
}

function* rowsOf(pieces: Iterable<Piece>): Generator<ImportedRow> {
  for (const piece of pieces) {
    const { line } = piece;
    if ("reason" in piece) {
      yield piece;
      continue;
    }
    try {
      for (const record of recordsOf(parsed(piece.bytes))) {
        yield { line, record };
      }
    } catch (error) {
      if (!(error instanceof RefusedRow)) {
        throw error;
      }
      yield { line, reason: `${piece.name} ${error.message}` };
    }
  }
}

/** @throws RefusedRow */
function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new RefusedRow("is not valid UTF-8");
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new RefusedRow(`is not valid JSON (${complaintOf(error)})`);
  }
}

/** The parser's complaint without the places in it, which count from elsewhere, and the excerpt, which can be long. */
function complaintOf(error: unknown): string {
  const [complaint = ""] = messageOf(error).split(/, \.{0,3}"| in JSON at | at position | \(line /);
  return complaint
    .replace(/^Unexpected end of JSON input$/, "it ends too early")
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}
