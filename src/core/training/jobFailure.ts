import type { JobEnd } from "./follow.ts";
import type { JobDirectory } from "./jobDirectory.ts";

/** Why a job brought no result: killed from outside, which is worth another attempt, or by its own fault. */
export type JobFailure =
  | { readonly kind: "killed"; readonly how: string }
  | { readonly kind: "own"; readonly reason: string };

/** What torchrun prints around a worker's own words. */
const TORCHRUN_NOISE =
  /^(\[?[EWI]\d{4} |={5,}|-{5,}|Root Cause|Failures:|\s*<NO_OTHER_FAILURES>|\[\d+\]:|\s+\w+\s*: |torch\.distributed\.elastic\.|.*\bFAILED$|\s*[~^]+$)/;

/** A worker's exit code in torchrun's report, which lists the first failure last. Below 0 it is a signal. */
const WORKER_EXIT = /^\s*exitcode\s*:\s*(-?\d+) \(pid/gm;

const TERMINATED = [-15, 143];

const ADVICE: ReadonlyArray<[RegExp, string]> = [
  [
    /out of memory|can't allocate memory/i,
    "lower `training.microBatchTokens` or the profile's `batchTokens` in lion.json",
  ],
  [/no space left/i, "free some disk space and run again"],
  [/ModuleNotFoundError|No module named/, "run `npm run setup:trainer`"],
];

interface TrainerState {
  readonly state?: string;
  readonly message?: string;
}

/**
 * Tells what a job that did not end with 0 died of, from its exit code, its `state.json` and its log. A trainer that
 * fails by itself says so in `state.json` before it goes; one that is killed cannot.
 */
export function failureOf(job: JobDirectory, end: JobEnd): JobFailure {
  if (end.state === "lost") {
    return { kind: "killed", how: "its supervisor was killed, or the machine went down" };
  }
  if (end.code >= 128) {
    return { kind: "killed", how: `signal ${end.code - 128} ended it` };
  }
  const log = job.tail("log");
  const state = stateOf(job);
  if (state.state === "running" || state.message === "stopped by a signal" || workerWasKilled(log)) {
    return { kind: "killed", how: "one of its processes was killed" };
  }
  const reason = state.state === "failed" && state.message ? state.message : lastWords(log);
  return { kind: "own", reason: reason || `exit code ${end.code}` };
}

/**
 * Whether torchrun reports a worker that was killed; its own exit code is 1 whatever happened. The others then fail too,
 * for they lose their partner, and torchrun ends them with TERM: that alone only counts when it came first.
 */
function workerWasKilled(log: string): boolean {
  const codes = [...log.matchAll(WORKER_EXIT)].map(([, code]) => Number(code));
  return codes.some((code) => code < 0 && code !== -15) || TERMINATED.includes(codes.at(-1) ?? 0);
}

/** What a user can do about a reason, or null when nobody knows better than the reason itself. */
export function adviceOn(reason: string): string | null {
  return ADVICE.find(([pattern]) => pattern.test(reason))?.[1] ?? null;
}

/** The last meaningful line of a log: the trainer's own error, else an exception's line, else the last that is not torchrun's. */
export function lastWords(log: string): string {
  const lines = log
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !TORCHRUN_NOISE.test(line));
  const error = lines.findLast((line) => /^error: /.test(line));
  const exception = lines.findLast((line) => /^[\w.]*(Error|Exception|Interrupt)\b/.test(line));
  const usage = lines.findLast((line) => /: (error|not found|No module named)\b/.test(line));
  const outermost = lines.findLast((line) => !line.startsWith(" "));
  return (error?.replace(/^error: /, "") ?? usage ?? exception ?? outermost ?? lines.at(-1) ?? "").trim();
}

function stateOf(job: JobDirectory): TrainerState {
  try {
    return JSON.parse(job.text("state.json") ?? "{}") as TrainerState;
  } catch {
    return {};
  }
}
