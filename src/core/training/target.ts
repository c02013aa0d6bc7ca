import type { JobDirectory } from "./jobDirectory.ts";

/** How a job stands, told from its directory alone: anybody can ask, at any time. */
export type JobStatus =
  /** Written and not started. */
  | { readonly state: "prepared" }
  /** Handed to a scheduler that has not started it yet; `reason` is the scheduler's word for why. */
  | { readonly state: "waiting"; readonly reason: string }
  | { readonly state: "running" }
  /** Over, with the command's exit code; 128 + n when signal n ended it. */
  | { readonly state: "exited"; readonly code: number }
  /** The supervisor is dead and left no exit code: it was killed, or the machine went down. */
  | { readonly state: "lost" };

/** Files of an earlier attempt's `out/` that the next attempt goes on from. */
export interface TakenOver {
  readonly job: JobDirectory;
  /** Names within `out/`; `*` at the end stands for anything. Those that are not there are left out. */
  readonly names: readonly string[];
}

/** The Python that trains and answers on a target. */
export interface TargetPython {
  readonly executable: string;
  /** Variables that every job of the trainer needs there. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Forward {
  /** On 127.0.0.1 of this machine. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A place where jobs run. No job depends on the life of whoever submitted it.
 *
 * A job has one directory on this machine, which everybody reads. Where the job runs elsewhere, that directory is a mirror:
 * `look` appends what `log` and `metrics.jsonl` have got since, and replaces `state.json` and `rc`; what stands in `out/`
 * stays there until it is fetched.
 */
export interface Target {
  /** Its name in lion.json. */
  readonly name: string;
  readonly kind: "local" | "ssh" | "slurm";
  /** Milliseconds between two looks of somebody who waits. */
  readonly pollMs: number;
  /**
   * Makes the target ready for jobs of the trainer: reaches it, brings the trainer's package, makes or checks the Python
   * environment. Quick when that was done before.
   *
   * @param tell what is being done, for a wait of minutes.
   * @throws LionError with the cause in a sentence.
   */
  python(tell?: (text: string) => void, signal?: AbortSignal): Promise<TargetPython>;
  /** Starts a prepared job; does nothing when it was started before, by whomever. @throws LionError */
  submit(job: JobDirectory, from?: TakenOver): Promise<"started" | "already">;
  /** How the job stands. Its files here are up to date afterwards, and complete once it is over. */
  look(job: JobDirectory): Promise<JobStatus>;
  /** Asks a job to end, waits for it, and ends it by force when it does not listen. */
  cancel(job: JobDirectory): Promise<void>;
  /** Ends what a job that is over or lost has left running, so that nothing disturbs the next attempt. */
  endRemains(job: JobDirectory): Promise<void>;
  /** Where a file of the job is there, absolute. */
  pathOf(job: JobDirectory, file: string): Promise<string>;
  /**
   * Makes a file or folder available to jobs and returns its absolute path there. One that exists on this machine is sent
   * once, by its content; else the path is taken as one of the target's own.
   *
   * @throws LionError when it is in neither place.
   */
  place(path: string, tell?: (text: string) => void, signal?: AbortSignal): Promise<string>;
  /**
   * SHA-256 of the content of a file at a path of the target; of a folder that of the lines that `sha256sum` prints of all
   * its files (hash, two spaces, name within the folder), sorted by `LC_ALL=C sort`; null when there is nothing.
   */
  hashOf(path: string): Promise<string | null>;
  /**
   * Brings files of `out/` into the directory here, each whole or not at all, verified against hashes made there. Files that
   * are here already with the same hash are left.
   *
   * @param names within `out/`: a file, or a folder with all that is in it; ones that are not there are left out.
   */
  fetch(
    job: JobDirectory,
    names: readonly string[],
    onProgress?: (bytes: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Brings files of any folder of the target into a folder here, as `fetch` does those of a job.
   *
   * @param path as `place` or `pathOf` gave it.
   * @param names within the folder: a file, or a folder with all that is in it; ones that are not there are left out. Null
   *   for everything.
   */
  copy(
    path: string,
    names: readonly string[] | null,
    into: string,
    onProgress?: (bytes: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Removes from `out/` on the target what is of no use any more, for example a torn checkpoint. */
  remove(job: JobDirectory, names: readonly string[]): Promise<void>;
  /** Opens a way from this machine to a port of 127.0.0.1 there. */
  forward(port: number): Promise<Forward>;
}
