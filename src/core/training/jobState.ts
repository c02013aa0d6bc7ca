import type { JobDirectory } from "./jobDirectory.ts";

/** What a job says of itself in `state.json`. */
export interface JobState {
  /** The trainer's running, done, failed or stopped; waiting while it has no GPU yet. */
  readonly state?: string;
  readonly message?: string;
}

/** Nothing where the job has not said anything, or has been killed while it did. */
export function stateOf(job: JobDirectory): JobState {
  try {
    return JSON.parse(job.text("state.json") ?? "{}") as JobState;
  } catch {
    return {};
  }
}
