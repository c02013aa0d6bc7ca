import { join } from "node:path";
import type { JobRow } from "../../core/store/training.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import { adviceOn, failureOf } from "../../core/training/jobFailure.ts";
import { isAlive } from "../../core/training/processes.ts";
import type { JobStatus } from "../../core/training/target.ts";

export type JobState =
  /** Recorded, and not begun where it is to run. */
  | "prepared"
  /** In a queue, or before GPUs that others use. */
  | "waiting"
  | "running"
  /** Its command is through and nobody has taken over what it left. */
  | "ended"
  /** Asked to stop, it saved where it was. */
  | "stopped"
  | "collected"
  | "cancelled"
  | "failed"
  /** Its supervisor is gone without a word. */
  | "lost";

/** How a job stands by what is in its directory. */
export interface JobReport {
  readonly state: JobState;
  /** Why it waits or has failed, in the core's words; empty where there is nothing to say. */
  readonly reason: string;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly loss: number | null;
  readonly secondsLeft: number | null;
  /** The host it runs on; null for this machine. */
  readonly host: string | null;
  /** The GPUs that it holds, by UUID or index. */
  readonly gpus: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** The last lines of a job's metrics are in its last bytes. */
const TAIL_BYTES = 4096;
/** What the trainer exits with when it was asked to stop and has saved. */
const SAVED = 75;

/** Whether the job may still change by itself. */
export function isUnfinished(state: JobState): boolean {
  return state === "prepared" || state === "waiting" || state === "running";
}

/** Reads jobs' directories, a few bytes of each; one that is over is read once. */
export class JobReports {
  readonly #dataDirectory: string;
  readonly #over = new Map<string, JobReport>();
  readonly #looked = new Map<string, JobStatus>();

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  of(row: Pick<JobRow, "id" | "directory" | "state" | "exitCode">): JobReport {
    const key = `${row.id} ${row.state}`;
    const known = this.#over.get(key);
    if (known) {
      return known;
    }
    const report = withLook(
      reportOf(row, new JobDirectory(join(this.#dataDirectory, row.directory))),
      this.#looked.get(row.id),
    );
    if (row.state !== "submitted") {
      this.#over.set(key, report);
    }
    return report;
  }

  /** Notes what a look at the target itself told, which the files here do not hold. */
  note(id: string, status: JobStatus): void {
    this.#looked.set(id, status);
  }
}

/** A job elsewhere may wait in a queue, or have lost its supervisor, without a word in its directory. */
function withLook(report: JobReport, looked: JobStatus | undefined): JobReport {
  if (!looked || !isUnfinished(report.state)) {
    return report;
  }
  switch (looked.state) {
    case "waiting":
      return { ...report, state: "waiting", reason: looked.reason };
    case "lost":
      return { ...report, state: "lost" };
    default:
      return report;
  }
}

function reportOf({ state, exitCode }: Pick<JobRow, "state" | "exitCode">, directory: JobDirectory): JobReport {
  const place = jsonIn(directory.text("place.json"));
  const said = jsonIn(directory.text("state.json"));
  const facts = { ...metricsOf(directory), host: textIn(place, "host"), gpus: gpusOf(place, directory.text("gpus")) };
  if (state === "collected") {
    return { ...facts, state, reason: "" };
  }
  const code = directory.exitCode() ?? exitCode;
  if (code !== null || state === "failed") {
    return { ...facts, ...endOf(directory, said, { code, recorded: state === "failed" }) };
  }
  if (said.state === "waiting") {
    return { ...facts, state: "waiting", reason: textIn(said, "message") ?? textIn(said, "reason") ?? "" };
  }
  return { ...facts, state: facts.host === null ? stateHere(directory) : stateThere(said), reason: "" };
}

/** How a job ended that nobody could collect (yet). */
function endOf(
  directory: JobDirectory,
  said: Json,
  { code, recorded }: { readonly code: number | null; readonly recorded: boolean },
): Pick<JobReport, "state" | "reason"> {
  if (directory.cancelled) {
    return { state: "cancelled", reason: "" };
  }
  if (code === 0 && !recorded) {
    return { state: "ended", reason: "" };
  }
  if (code === SAVED || said.state === "stopped") {
    return { state: "stopped", reason: "" };
  }
  return { state: "failed", reason: directory.manifest() === null ? "" : failureReason(directory, code) };
}

function failureReason(directory: JobDirectory, code: number | null): string {
  const failure = failureOf(directory, code === null ? { state: "lost" } : { state: "exited", code });
  if (failure.kind === "killed") {
    return failure.how;
  }
  const advice = adviceOn(failure.reason);
  return advice === null ? failure.reason : `${failure.reason.replace(/[.:\s]+$/, "")}; ${advice}`;
}

/** Of a job of this machine: its supervisor is a process that can be looked for. */
function stateHere(directory: JobDirectory): JobState {
  const supervisor = directory.process("pid");
  return supervisor === null ? "prepared" : isAlive(supervisor) ? "running" : "lost";
}

/** Of a job elsewhere: what was mirrored last is all that is known here. */
function stateThere(said: Json): JobState {
  return said.state === undefined ? "prepared" : "running";
}

/** How far a job has come by the last whole lines of its metrics. */
function metricsOf(directory: JobDirectory): Pick<JobReport, "progress" | "loss" | "secondsLeft"> {
  const { step, steps, done, total, loss, eta_s: left } = jsonIn(lastLine(directory.tail("metrics.jsonl", TAIL_BYTES)));
  const [at, end] = [step ?? done, steps ?? total];
  return {
    progress: typeof at === "number" && typeof end === "number" ? { done: at, total: end } : null,
    loss: typeof loss === "number" ? loss : null,
    secondsLeft: typeof left === "number" && left >= 0 ? left : null,
  };
}

/** The last line that has arrived whole. */
function lastLine(tail: string): string | null {
  return tail.split("\n").at(-2) ?? null;
}

/** Of a job of this machine in a file of its own, a line each that begins with the UUID. */
function gpusOf(place: Json, chosen: string | null): string[] {
  const gpus = Array.isArray(place.gpus)
    ? (place.gpus as readonly unknown[])
    : (chosen ?? "").split("\n").map((line) => line.split(" ", 1)[0]);
  return gpus.filter((gpu) => typeof gpu === "string" && gpu !== "").map(String);
}

function textIn(object: Json, key: string): string | null {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** An object, and an empty one for what is missing or torn. */
function jsonIn(text: string | null): Json {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
