import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { LionError, messageOf } from "../errors.ts";

/** One recorded instruction with the output that was once given to it. */
export interface RecordedRow {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

/** An instruction with its input as one text, apart from differences of white space: what a row is found by. */
export function recordingKey(instruction: string, input = ""): string {
  return `${instruction} ${input}`.trim().replaceAll(/\s+/gu, " ");
}

/** A row of Alpaca's shape; nothing for any other value, since refusing rows is the import's business. */
function rowsOf(value: unknown): RecordedRow[] {
  const { instruction, input, output } = (value ?? {}) as Record<string, unknown>;
  if (typeof instruction !== "string" || typeof output !== "string") {
    return [];
  }
  return [{ instruction, output, input: typeof input === "string" ? input : "" }];
}

function rowsOfLine(line: string): RecordedRow[] {
  try {
    return rowsOf(JSON.parse(line));
  } catch {
    return [];
  }
}

function parseRows(text: string): RecordedRow[] {
  return text.trimStart().startsWith("[")
    ? (JSON.parse(text) as unknown[]).flatMap(rowsOf)
    : text.split("\n").flatMap(rowsOfLine);
}

/** A recorded set, in the order of its file, and by text. */
export class Recording {
  readonly rows: readonly RecordedRow[];
  readonly #byKey = new Map<string, RecordedRow>();

  constructor(rows: readonly RecordedRow[]) {
    this.rows = rows;
    for (const row of rows) {
      const key = recordingKey(row.instruction, row.input);
      if (!this.#byKey.has(key)) {
        this.#byKey.set(key, row);
      }
    }
  }

  /** Reads an Alpaca list or JSONL, plain or `.gz`. @throws LionError when it cannot be read or has no row. */
  static read(file: string): Recording {
    let rows: RecordedRow[];
    try {
      const bytes = readFileSync(file);
      const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
      rows = parseRows(plain.toString("utf8").replace(/^\uFEFF/u, ""));
    } catch (error) {
      throw new LionError(
        "input",
        `The sandbox cannot read the recorded set ${file} (${messageOf(error)}); check "sandbox.set" in lion.json.`,
        { cause: error },
      );
    }
    if (rows.length === 0) {
      throw new LionError(
        "input",
        `The recorded set ${file} has no row with an instruction and an output; name another as "sandbox.set" in lion.json.`,
      );
    }
    return new Recording(rows);
  }

  /** The first row whose instruction and input together read as this text. */
  find(question: string): RecordedRow | undefined {
    return this.#byKey.get(recordingKey(question));
  }
}
