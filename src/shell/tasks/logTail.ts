import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

const MOST_BYTES = 256 * 1024;

/** Reads what is added to the logs of the jobs below a folder, line by line, each line once. */
export class LogTail {
  readonly #jobs: string;
  readonly #read = new Map<string, { offset: number; rest: string }>();

  /** @param folder whose `jobs` are followed; it need not exist yet. */
  constructor(folder: string) {
    this.#jobs = join(folder, "jobs");
  }

  /** Leaves out what the logs hold already. */
  skip(): void {
    for (const file of this.#files()) {
      this.#read.set(file, { offset: sizeOf(file), rest: "" });
    }
  }

  /** The whole lines that are new since the last call; of a long log that is new itself the last part. */
  news(): string[] {
    return this.#files().flatMap((file) => this.#newsIn(file));
  }

  #files(): string[] {
    return jobsIn(this.#jobs)
      .sort()
      .map((job) => join(this.#jobs, job, "log"));
  }

  #newsIn(file: string): string[] {
    const size = sizeOf(file);
    const before = this.#read.get(file) ?? { offset: 0, rest: "" };
    const start = Math.max(before.offset, size - MOST_BYTES);
    const lines = (before.rest + partOf(file, start, size)).split(/\r\n|\r|\n/);
    this.#read.set(file, { offset: size, rest: lines.pop() ?? "" });
    return lines;
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

function partOf(file: string, start: number, end: number): string {
  if (end <= start) {
    return "";
  }
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(end - start);
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, start)).toString("utf8");
  } finally {
    closeSync(handle);
  }
}
