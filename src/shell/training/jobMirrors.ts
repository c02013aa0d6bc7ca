import { join } from "node:path";
import type { JobRow } from "../../core/store/training.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import type { JobStatus, Target } from "../../core/training/target.ts";

/** Where jobs run, as far as they are looked at. */
export interface LookedAt {
  of(name: string): Pick<Target, "kind" | "look">;
}

export interface JobMirrorsOptions {
  /** The folder that jobs' directories are relative to. */
  readonly dataDirectory: string;
  /** The jobs that nobody has collected. */
  readonly jobs: () => ReadonlyArray<Pick<JobRow, "id" | "target" | "directory">>;
  /** Makes the targets; called when there is something to look at, and again after a failure. */
  readonly targets: () => Promise<LookedAt>;
  /** What a look told, and that the files here may be new. */
  readonly onLook: (id: string, status: JobStatus) => void;
  /** Nobody has to act: the next look may succeed. */
  readonly onFailure: (error: unknown) => void;
}

const EVERY_MS = 3000;
const LONGEST_MS = 5 * 60_000;

/**
 * Brings what jobs elsewhere write to this machine, for as long as somebody looks at it and no engine does it anyway.
 * Failures are quiet, and put the next attempt off, each one longer.
 */
export class JobMirrors {
  readonly #options: JobMirrorsOptions;
  #targets: LookedAt | null = null;
  #failures = 0;
  #busy = false;
  #notBefore = 0;

  constructor(options: JobMirrorsOptions) {
    this.#options = options;
  }

  /** Milliseconds that the looks are put off by. */
  get pauseMs(): number {
    return Math.min(EVERY_MS * 2 ** this.#failures, LONGEST_MS);
  }

  /** Begins to try as if nothing had failed: the network may be another by now. */
  forgetFailures(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** Looks once, if it is time and the last look is through. @param now in milliseconds, of any clock that goes on. */
  async look(now: number): Promise<void> {
    if (this.#busy || now < this.#notBefore) {
      return;
    }
    this.#busy = true;
    try {
      await this.#lookAtAll();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#targets = null;
      this.#options.onFailure(error);
    } finally {
      this.#busy = false;
      this.#notBefore = now + this.pauseMs;
    }
  }

  async #lookAtAll(): Promise<void> {
    const { jobs, targets, dataDirectory, onLook } = this.#options;
    for (const { id, target: name, directory } of jobs()) {
      this.#targets ??= await targets();
      const target = this.#targets.of(name);
      if (target.kind !== "local") {
        onLook(id, await target.look(new JobDirectory(join(dataDirectory, directory))));
      }
    }
  }
}
