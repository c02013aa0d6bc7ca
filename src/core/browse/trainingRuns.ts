import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/training.ts";
import { JobDirectory } from "../training/jobDirectory.ts";
import { TrainingCurve } from "./trainingCurve.ts";

/** One training of the student: the attempts, first to last, at the same work. */
export interface TrainingRun {
  /** The id of its first job. */
  readonly id: string;
  readonly iteration: number;
  /** Which of its iteration's trainings it is, from 1; another one has other data or settings. */
  readonly number: number;
  /** How many trainings its iteration has. */
  readonly of: number;
  readonly attempts: readonly JobRow[];
}

/** How far a run's files have been read. */
interface Reading {
  readonly curve: TrainingCurve;
  attempt: number;
  offset: number;
  rest: Buffer;
  /** What is under way: two readers never take the same bytes. */
  turn: Promise<void>;
}

/** Bytes that are taken at a time: some milliseconds of work. */
const SLICE = 1 << 19;
const METRICS = "metrics.jsonl";

/**
 * The trainings of a project and their curves. A curve's files are read from where they were left, so that following one costs
 * what is new in it. Nothing is read that is not asked for.
 */
export class TrainingRuns {
  readonly #store: Store;
  readonly #dataDir: string;
  readonly #fingerprints = new Map<string, string | null>();
  readonly #readings = new Map<string, Reading>();

  constructor(store: Store, dataDir: string) {
    this.#store = store;
    this.#dataDir = dataDir;
  }

  /** All trainings, newest first. */
  list(): TrainingRun[] {
    const groups: JobRow[][] = [];
    for (const job of this.#store.training.jobs().filter(({ kind }) => kind === "train")) {
      const same = groups.findLast(([first]) => first?.iteration === job.iteration && first.purpose === job.purpose);
      if (same?.[0] && this.#fingerprint(same[0]) === this.#fingerprint(job)) {
        same.push(job);
      } else {
        groups.push([job]);
      }
    }
    const counts = new Map<number, number>();
    const numbered = groups.map((attempts) => {
      const { id = "", iteration = 0 } = attempts[0] ?? {};
      const number = (counts.get(iteration) ?? 0) + 1;
      counts.set(iteration, number);
      return { id, iteration, number, attempts };
    });
    return numbered.map((run) => ({ ...run, of: counts.get(run.iteration) ?? 1 })).reverse();
  }

  /** The directory of a job. */
  directory({ directory }: Pick<JobRow, "directory">): JobDirectory {
    return new JobDirectory(join(this.#dataDir, directory));
  }

  /** A run's curve as its files are now. */
  async curve(run: TrainingRun): Promise<TrainingCurve> {
    const reading = this.#readings.get(run.id) ?? newReading();
    this.#readings.set(run.id, reading);
    const turn = reading.turn.then(() => this.#readOn(run, reading));
    // One that failed is for whoever asked: the next one tries again.
    reading.turn = turn.catch(() => {});
    await turn;
    return reading.curve;
  }

  async #readOn(run: TrainingRun, reading: Reading): Promise<void> {
    for (; reading.attempt < run.attempts.length; reading.attempt++) {
      const job = run.attempts[reading.attempt];
      if (job) {
        await readFile(this.directory(job), reading);
      }
      if (reading.attempt === run.attempts.length - 1) {
        return;
      }
      Object.assign(reading, { offset: 0, rest: Buffer.alloc(0) });
      reading.curve.beginAttempt();
    }
  }

  /** What the job works at; null when its directory is gone. */
  #fingerprint(job: JobRow): string | null {
    let known = this.#fingerprints.get(job.id);
    if (known === undefined) {
      known = this.directory(job).manifest()?.fingerprint ?? null;
      this.#fingerprints.set(job.id, known);
    }
    return known;
  }
}

function newReading(): Reading {
  return { curve: new TrainingCurve(), attempt: 0, offset: 0, rest: Buffer.alloc(0), turn: Promise.resolve() };
}

/** Takes what a file of metrics has got since it was last read; the event loop gets its turn between two slices. */
async function readFile(directory: JobDirectory, reading: Reading): Promise<void> {
  for (;;) {
    const news = directory.bytes(METRICS, reading.offset, SLICE);
    if (news.length === 0) {
      return;
    }
    reading.offset += news.length;
    const bytes = Buffer.concat([reading.rest, news]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    reading.rest = bytes.subarray(end);
    for (const line of bytes.subarray(0, end).toString("utf8").split("\n")) {
      const metrics = parsed(line);
      if (metrics) {
        reading.curve.add(metrics);
      }
    }
    await nextTurn();
  }
}

/** A line of metrics; null for one that a killed process left torn. */
function parsed(line: string): Readonly<Record<string, unknown>> | null {
  if (line === "") {
    return null;
  }
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
