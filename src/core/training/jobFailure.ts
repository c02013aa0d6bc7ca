import { causeIn } from "./failureCauses.ts";
import type { JobEnd } from "./follow.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import { stateOf } from "./jobState.ts";
import { schedulerFailure } from "./slurm/slurmEnd.ts";

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
/** A program that touches memory that cannot be had, which containers with little shared memory do. */
const BUS_ERROR = 7;
const KILL = 9;
/** What a trainer says ends with its exit code after it has saved its state because it was told to stop. */
const SAVED = 75;

/** A sentence about one failure is not longer than this. */
const LONGEST_REASON = 400;

/**
 * Tells what a job that did not end with 0 died of, from its exit code, its `state.json` and its log. A trainer that
 * fails by itself says so in `state.json` before it goes; one that is killed cannot.
 */
export function failureOf(job: JobDirectory, end: JobEnd): JobFailure {
  if (end.state === "lost") {
    return schedulerFailure(job) ?? { kind: "killed", how: "its supervisor was killed, or the machine went down" };
  }
  if (end.code === 128 + BUS_ERROR) {
    return { kind: "own", reason: "Bus error (core dumped)" };
  }
  if (end.code >= 128) {
    const signal = end.code - 128;
    const who = signal === KILL ? ", as the system does when its memory runs out" : "";
    return { kind: "killed", how: `signal ${signal} ended it${who}` };
  }
  const log = job.tail("log");
  const state = stateOf(job);
  if (end.code === SAVED || state.state === "stopped") {
    return { kind: "killed", how: "it was told to stop, and saved its state" };
  }
  const wasKilled = workerWasKilled(log);
  if (state.state === "running" || state.message === "stopped by a signal" || wasKilled) {
    const bus = /Signal 7 \(SIGBUS\)/.exec(log);
    return bus
      ? { kind: "own", reason: "Bus error (core dumped)" }
      : { kind: "killed", how: "one of its processes was killed" };
  }
  const reason = state.state === "failed" && state.message ? state.message : (rootCause(log) ?? lastWords(log));
  return { kind: "own", reason: located(shortened(reason), job) || `exit code ${end.code}` };
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
  return causeIn(reason)?.advice ?? null;
}

/**
 * The words of a known cause, where they come from somebody else than whoever had the last word: one process fails, and its
 * partners say more, and later, about having lost it.
 */
function rootCause(log: string): string | null {
  const cause = causeIn(log);
  if (cause === null || causeIn(lastWords(log)) === cause) {
    return null;
  }
  return withoutRank(cause.says.exec(log)?.[0] ?? "");
}

/** Without what torchrun puts before a worker's line. */
function withoutRank(line: string): string {
  return line.replace(/^\[(?:rank)?\d+\]:\s*/, "").trim();
}

function shortened(reason: string): string {
  const words = causeIn(reason)?.says.exec(reason)?.[0] ?? reason;
  const told = reason.length > LONGEST_REASON ? words : reason.replace(/ Of the allocated memory .*/s, "");
  return told.length > LONGEST_REASON ? `${told.slice(0, LONGEST_REASON)} …` : told;
}

/** A module is missing in one Python, and there may be several. */
function located(reason: string, job: JobDirectory): string {
  const program = job.manifest()?.argv[0];
  return /No module named/.test(reason) && program ? `${reason.replace(/[.:\s]+$/, "")}, for ${program}` : reason;
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
