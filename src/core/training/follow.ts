import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import { stateOf } from "./jobState.ts";
import type { JobStatus, Target } from "./target.ts";

/** One line of a job's `metrics.jsonl`. */
export type Metrics = Readonly<Record<string, unknown>>;

/** How a job ended. */
export type JobEnd = Extract<JobStatus, { state: "exited" | "lost" }>;

/** How a following that nobody else interrupts is told of. */
export interface FollowListener {
  readonly onMetrics: (metrics: Metrics) => void;
  /** Told what the job waits for each time that this changes, and null once it has begun. */
  readonly onWaiting?: (reason: string | null) => void;
}

/**
 * Waits for a started job's end and hands over its metrics line by line, each once, from the first.
 *
 * @throws LionError of kind `interrupted` as soon as the signal aborts; the job goes on.
 */
export async function follow(
  target: Pick<Target, "look" | "pollMs">,
  job: JobDirectory,
  clock: Clock,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<JobEnd> {
  let offset = 0;
  let unfinished: Uint8Array = new Uint8Array();
  let waitsFor: string | null = null;
  const readNews = (): void => {
    for (;;) {
      const news = job.bytes("metrics.jsonl", offset);
      if (news.length === 0) {
        return;
      }
      offset += news.length;
      const { lines, rest } = splitLines(Buffer.concat([unfinished, news]));
      unfinished = rest;
      for (const metrics of lines.map(parse).filter((parsed) => parsed !== null)) {
        listener.onMetrics(metrics);
      }
    }
  };
  for (;;) {
    if (signal.aborted) {
      throw interrupted(job);
    }
    const status = await target.look(job).catch((error: unknown) => {
      throw signal.aborted ? interrupted(job) : error;
    });
    readNews();
    const reason = reasonOfWaiting(status, job);
    if (reason !== waitsFor) {
      waitsFor = reason;
      listener.onWaiting?.(reason);
    }
    if (status.state === "exited" || status.state === "lost") {
      return status;
    }
    await clock.sleep(target.pollMs, signal).catch((error: unknown) => {
      if (!signal.aborted) {
        throw error;
      }
    });
  }
}

/** What a job waits for: its turn, as its scheduler says, or free GPUs, as it says itself. Null when it does not wait. */
function reasonOfWaiting(status: JobStatus, job: JobDirectory): string | null {
  if (status.state === "waiting") {
    return status.reason;
  }
  const { state, message = "" } = stateOf(job);
  return status.state === "running" && state === "waiting" ? message : null;
}

/** What is thrown when the work pauses while a job runs. */
function interrupted(job: JobDirectory): LionError {
  return new LionError(
    "interrupted",
    `Interrupted without loss: the job in ${job.path} goes on by itself, and the next run attaches to it again.`,
  );
}

function splitLines(bytes: Buffer): { lines: string[]; rest: Buffer } {
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  return { lines, rest: bytes.subarray(end) };
}

/** A line that a killed process left torn, with the next one behind it, is no metrics. */
function parse(line: string): Metrics | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Metrics) : null;
  } catch {
    return null;
  }
}
