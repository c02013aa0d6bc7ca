import type { JobDirectory } from "./jobDirectory.ts";

/** How a job stands, told from its directory alone: anybody can ask, at any time. */
export type JobStatus =
  /** Written and not started. */
  | { readonly state: "prepared" }
  | { readonly state: "running" }
  /** Over, with the command's exit code; 128 + n when signal n ended it. */
  | { readonly state: "exited"; readonly code: number }
  /** The supervisor is dead and left no exit code: it was killed, or the machine went down. */
  | { readonly state: "lost" };

/** A place where jobs run. No job depends on the life of whoever submitted it. */
export interface Target {
  /** Starts a prepared job; does nothing when it was started before, by whomever. @throws LionError */
  submit(job: JobDirectory): Promise<"started" | "already">;
  status(job: JobDirectory): Promise<JobStatus>;
  /** What a file of the job holds from a byte offset on; empty when there is nothing new. */
  read(job: JobDirectory, file: string, offset: number): Promise<Uint8Array>;
  /** Asks a job to end, waits for it, and ends it by force when it does not listen. */
  cancel(job: JobDirectory): Promise<void>;
  /** Ends what a job that is over or lost has left running, so that nothing disturbs the next attempt. */
  endRemains(job: JobDirectory): Promise<void>;
}
