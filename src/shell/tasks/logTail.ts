import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of a log that is long already when it is first seen, only so much of its end. */
const MOST_AT_FIRST = 256 * 1024;
/** At most so much at once; the rest comes with the next call. */
const MOST_AT_ONCE = 1024 * 1024;

/** Reads what is added to the logs of the jobs below a folder, line by line, each line once. */
export class LogTail {
  readonly #jobs: string;
  readonly #only: string | null;
  /** Up to where each log was read, in bytes: the end of a line. */
  readonly #read = new Map<string, number>();

  /**
   * @param folder whose `jobs` are followed; it need not exist yet.
   * @param only the job that is followed alone.
   */
  constructor(folder: string, only: string | null = null) {
    this.#jobs = join(folder, "jobs");
    this.#only = only;
  }

  /** Leaves out what the logs hold already. */
  skip(): void {
    for (const file of this.#files()) {
      this.#read.set(file, sizeOf(file));
    }
  }

  /** The whole lines that are new since the last call; of a long log that is new itself the last part. */
  news(): string[] {
    return this.#files().flatMap((file) => this.#newsIn(file));
  }

  #files(): string[] {
    const jobs = this.#only === null ? jobsIn(this.#jobs).sort() : [this.#only];
    return jobs.map((job) => join(this.#jobs, job, "log"));
  }

  #newsIn(file: string): string[] {
    const size = sizeOf(file);
    const start = this.#read.get(file) ?? Math.max(0, size - MOST_AT_FIRST);
    const bytes = partOf(file, start, Math.min(size, start + MOST_AT_ONCE));
    // Only up to the end of a line: in the middle of one, the bytes of a letter may still be missing, as behind a \r the \n.
    const end = Math.max(bytes.lastIndexOf("\n"), bytes.subarray(0, -1).lastIndexOf("\r")) + 1;
    const whole = end === 0 && bytes.length === MOST_AT_ONCE ? bytes.length : end;
    this.#read.set(file, start + whole);
    return bytes
      .subarray(0, whole)
      .toString("utf8")
      .split(/\r\n|\r|\n/)
      .slice(0, end === whole ? -1 : undefined);
  }
}

function jobsIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No job has been made yet.
    return [];
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function partOf(file: string, start: number, end: number): Buffer {
  if (end <= start) {
    return Buffer.alloc(0);
  }
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(end - start);
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, start));
  } finally {
    closeSync(handle);
  }
}
