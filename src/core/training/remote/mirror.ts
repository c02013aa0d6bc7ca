import { randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, openSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import type { JobDirectory } from "../jobDirectory.ts";

/** The content of `place.json`: where a job runs that runs elsewhere. Written once it is there, and again as it starts. */
export interface JobPlace {
  /** The target's name in lion.json. */
  readonly target: string;
  readonly host: string;
  /** The job directory there. */
  readonly path: string;
  /** The GPUs that it has, by UUID or index; none before they were chosen, and on a host without. */
  readonly gpus: readonly string[];
}

/** The files of a job's directory on this machine that follow those of another; whoever looks may bring them up to date. */
export class Mirror {
  readonly #job: JobDirectory;

  constructor(job: JobDirectory) {
    this.#job = job;
  }

  /** How much of a growing file is here. */
  size(name: string): number {
    const path = this.#job.file(name);
    return existsSync(path) ? statSync(path).size : 0;
  }

  /**
   * Writes what a file has got since. At its place, not at the end: when two processes look at once, they write the same
   * bytes to the same place.
   */
  grow(name: string, offset: number, bytes: Buffer): void {
    if (bytes.length === 0) {
      return;
    }
    const descriptor = openSync(this.#job.file(name), constants.O_WRONLY | constants.O_CREAT, 0o644);
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(descriptor, bytes, written, bytes.length - written, offset + written);
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** Replaces a file, whole or not at all. */
  replace(name: string, content: Buffer | string): void {
    const path = this.#job.file(name);
    const half = `${path}.${randomBytes(4).toString("hex")}.tmp`;
    writeFileSync(half, content);
    renameSync(half, path);
  }

  place(): JobPlace | null {
    const text = this.#job.text("place.json");
    return text === null ? null : (JSON.parse(text) as JobPlace);
  }

  setPlace(place: JobPlace): void {
    const text = `${JSON.stringify(place, null, 2)}\n`;
    if (this.#job.text("place.json") !== text) {
      this.replace("place.json", text);
    }
  }
}
