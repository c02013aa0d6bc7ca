import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { OutputsUse, Source } from "../store/instructions.ts";
import type { Answer } from "../store/ledger.ts";
import type { Store } from "../store/store.ts";
import { NOTHING_DECIDED } from "../store/usableAnswer.ts";
import { type Destination, type DestinationName, destinationOf } from "./destinations.ts";
import { unreadable } from "./formats/fileBytes.ts";
import { readRecords } from "./formats/readRecords.ts";
import type { ImportedRecord, ImportedRow } from "./formats/record.ts";
import { contentHash } from "./instruction.ts";

/** Rows of one write transaction where nobody says otherwise: small enough that others get their turn, large enough to be quick. */
const SLICE = 2000;

/** An import asks nobody. */
const NO_TEACHER = { profile: "", model: "" };

export interface ImportOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly file: string;
  readonly into: DestinationName;
  /** The first rows only, refused ones counted. */
  readonly limit?: number;
  /** How the outputs are used. An evaluation set's are its reference answers, unless dropped. */
  readonly outputs: OutputsUse;
  /** Who wrote the outputs; the file's name by default. */
  readonly by?: string;
  /** Whether rows with the text of a stored instruction are that instruction, or another one. */
  readonly duplicates: "merge" | "keep";
  readonly licence?: string;
  /** The iteration whose pools new instructions join. */
  readonly iteration: number;
  /** Rows of one write transaction; between two of them the process does other things. */
  readonly slice?: number;
  /** Told after each slice. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import between two slices. */
  readonly signal?: AbortSignal;
}

export interface ImportProgress {
  /** Rows read so far, refused ones counted. */
  readonly rows: number;
  /** How much of the file was read, 0 to 1. */
  readonly share: number;
}

export interface RefusedRow {
  readonly line: number;
  readonly reason: string;
}

export interface ImportResult {
  readonly imported: number;
  /** Rows that were there already. */
  readonly duplicates: number;
  readonly refused: readonly RefusedRow[];
}

/**
 * Brings the rows of a file in. Rows that cannot be used are listed by line and reason; the others are imported, a slice
 * to a transaction. The same file (equal bytes, destination and limit) is imported once: a second time adds nothing, and
 * one that was broken off is completed.
 *
 * @throws LionError when the file cannot be read or the database not written, and of kind `interrupted` when it was
 * stopped: what was stored stays.
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const { store, file, into, limit } = options;
  const digest = await sha256OfFile(file);
  const sources = store.instructions.sourcesOf(digest).filter(({ destination }) => destination === into);
  const same = sources.find(({ rowLimit }) => rowLimit === (limit ?? null));
  if (same && same.imported + same.duplicates > 0) {
    const refused = store.instructions.refusedRows(same.id);
    return { imported: 0, duplicates: same.imported + same.duplicates, refused };
  }
  const sourceId = same?.id ?? addSource(options, digest);
  const run = new ImportRun(options, sourceId, sources);
  const { size } = await stat(file);
  let bytes = 0;
  let rows = 0;
  let slice: ImportedRow[] = [];
  for await (const row of readRecords(file, (more) => (bytes += more))) {
    slice.push(row);
    rows++;
    if (slice.length === (options.slice ?? SLICE)) {
      run.store(slice);
      slice = [];
      options.onProgress?.({ rows, share: size === 0 ? 1 : bytes / size });
      await othersTurn();
      refuseToGoOn(options, rows);
    }
    if (rows === limit) {
      break;
    }
  }
  run.store(slice);
  return run.finish();
}

function refuseToGoOn({ signal, file }: ImportOptions, rows: number): void {
  if (signal?.aborted) {
    throw new LionError(
      "interrupted",
      `The import of ${basename(file)} was stopped after ${rows} rows: what was stored stays, and importing the file again adds the rest.`,
    );
  }
}

function addSource({ store, clock, file, into, outputs, by, licence, limit }: ImportOptions, digest: string): number {
  return store.write(() =>
    store.instructions.addSource(
      {
        name: basename(file),
        sha256: digest,
        destination: into,
        outputs,
        writtenBy: by ?? null,
        licence: licence ?? null,
        rowLimit: limit ?? null,
      },
      clock.now(),
    ),
  );
}

/** One import: counts, and what is known about the rows before it. */
class ImportRun {
  readonly #options: ImportOptions;
  readonly #destination: Destination;
  readonly #sourceId: number;
  /** Instructions a line brought in the broken-off import of the same file, which this one completes. */
  readonly #ownLines: Map<number, number>;
  /** Instructions a line brought in imports of the same file with other limits. */
  readonly #otherLines: Map<number, number>;
  /** Lines that the broken-off import has listed as refused. */
  readonly #listed: Set<number>;
  readonly #refused: RefusedRow[] = [];
  #imported = 0;
  #duplicates = 0;

  constructor(options: ImportOptions, sourceId: number, sources: readonly Source[]) {
    const { instructions } = options.store;
    this.#options = options;
    this.#sourceId = sourceId;
    this.#destination = destinationOf(options.into, options.store, options.iteration, () => options.clock.now());
    this.#ownLines = instructions.linesOfSource(sourceId);
    this.#otherLines = new Map(
      sources.filter(({ id }) => id !== sourceId).flatMap(({ id }) => [...instructions.linesOfSource(id)]),
    );
    this.#listed = new Set(instructions.refusedRows(sourceId).map(({ line }) => line));
  }

  /** Stores rows in one transaction. */
  store(rows: readonly ImportedRow[]): void {
    const { store } = this.#options;
    store.write(() => {
      const joining: Array<{ id: number; line: number }> = [];
      for (const row of rows) {
        const id = "reason" in row ? this.#refuse(row.line, row.reason) : this.#take(row.line, row.record);
        if (id !== null) {
          joining.push({ id, line: row.line });
        }
      }
      this.#destination.join(joining);
    });
  }

  finish(): ImportResult {
    const { store } = this.#options;
    store.write(() => store.instructions.finishSource(this.#sourceId, this.#imported, this.#duplicates));
    return { imported: this.#imported, duplicates: this.#duplicates, refused: this.#refused };
  }

  #refuse(line: number, reason: string): null {
    if (!this.#listed.has(line)) {
      this.#options.store.instructions.addRefusedRow(this.#sourceId, line, reason);
    }
    this.#refused.push({ line, reason });
    return null;
  }

  /** Stores a record, or finds what it equals. Returns the id that joins the destination, or null when none does. */
  #take(line: number, record: ImportedRecord): number | null {
    const { store, duplicates } = this.#options;
    const { purpose } = this.#destination;
    const stored = store.instructions.withContent(contentHash(record));
    for (const other of stored) {
      const conflict = this.#destination.conflictWith(other);
      if (conflict) {
        return this.#refuse(line, `this row ${conflict}`);
      }
    }
    if (takeOne(this.#ownLines, line)) {
      this.#imported++;
      return null;
    }
    if (duplicates === "keep" && takeOne(this.#otherLines, line)) {
      this.#duplicates++;
      return null;
    }
    const equal = stored.filter((other) => other.purpose === purpose).map(({ id }) => id);
    const existing = duplicates === "merge" ? (equal.find((id) => this.#destination.has(id)) ?? equal[0]) : undefined;
    if (existing === undefined) {
      this.#imported++;
      const id = this.#insert(line, record);
      this.#storeOutput(id, record, true);
      return id;
    }
    this.#duplicates++;
    this.#storeOutput(existing, record, false);
    return this.#destination.has(existing) ? null : existing;
  }

  #insert(line: number, { turns, input, system, tags, sourceId }: ImportedRecord): number {
    const { store, clock, licence } = this.#options;
    return store.instructions.insert(
      {
        turns,
        input,
        system,
        origin: "imported",
        purpose: this.#destination.purpose,
        sourceId: this.#sourceId,
        sourceLine: line,
        licence: licence ?? null,
        tags: sourceId === undefined ? tags : { id: sourceId, ...tags },
      },
      clock.now(),
    );
  }

  /**
   * Stores the output as an answer. Where several rows bring one for the same instruction, the first serves as the
   * teacher's and the others are kept for reading.
   */
  #storeOutput(instructionId: number, { output }: ImportedRecord, isNew: boolean): void {
    const { store, clock, outputs, by, file } = this.#options;
    if (output === null || outputs === "drop") {
      return;
    }
    const wanted = outputs === "teacher" || this.#destination.purpose === "evaluation";
    const known = isNew ? [] : store.ledger.answersOf(instructionId, "teacher");
    // A person's correction is no reason to keep an output for reading only: it wins for as long as it holds.
    const served = (): Answer | null => store.ledger.usableTeacherAnswer(instructionId, NO_TEACHER, NOTHING_DECIDED);
    const serves = wanted && (known.length === 0 || served() === null);
    if (!serves && known.some(({ origin, text }) => origin === "imported" && text === output)) {
      return;
    }
    const answer = store.ledger.insertAnswer(
      {
        requestKey: null,
        role: "teacher",
        origin: "imported",
        writtenBy: by ?? basename(file),
        profile: null,
        modelAsked: null,
        parameters: "{}",
        text: output,
        kind: "complete",
        finishReason: "imported",
        inputTokens: null,
        outputTokens: null,
        cost: null,
      },
      clock.now(),
    );
    store.ledger.link(instructionId, "teacher", answer.id, { serves });
  }
}

/** Takes one from a line's count; false when there is none left. */
function takeOne(lines: Map<number, number>, line: number): boolean {
  const left = lines.get(line) ?? 0;
  if (left > 0) {
    lines.set(line, left - 1);
  }
  return left > 0;
}

/** SHA-256 of a file's bytes as they are, compressed or not. @throws LionError when it cannot be read. */
async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return hash.digest("hex");
}
