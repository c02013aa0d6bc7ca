import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/training.ts";
import { follow, type Metrics } from "./follow.ts";
import { type JobCommand, JobDirectory, type JobManifest } from "./jobDirectory.ts";
import { adviceOn, failureOf } from "./jobFailure.ts";
import type { TakenOver, Target } from "./target.ts";
import type { Targets } from "./targets.ts";

/** Something to be done by a job, in as many attempts as it takes. */
export interface Work {
  readonly kind: JobRow["kind"];
  readonly iteration: number;
  readonly purpose: string;
  /** The target's name in lion.json. */
  readonly target: string;
  /** Begins the sentence about a failure, for example "The training of iteration 2". */
  readonly title: string;
  /** Jobs with the same fingerprint do the same work. */
  readonly fingerprint: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** What the next attempt goes on from: names in `out/`, `*` at the end for anything. */
  readonly goesOnFrom: readonly string[];
  /** Makes the target ready and writes the input files. */
  prepare(directory: JobDirectory, target: Target): Promise<JobCommand>;
  /** Brings what is needed of the output here. What is wrong with that of a job that ended with 0, or null. */
  check(directory: JobDirectory, target: Target): Promise<string | null>;
}

/** A job that is known to the store. */
export interface StoredJob {
  readonly row: JobRow;
  readonly directory: JobDirectory;
  /** Null when the directory is gone. */
  readonly manifest: JobManifest | null;
}

/** A job may be killed from outside this often in one run before a person is asked to look. */
const MOST_ATTEMPTS = 5;

/**
 * Brings work to its end through jobs: attaches to the one that is there already, else starts one; starts another when
 * it was killed. All it needs to go on after its own death is in the store and in the job directories.
 */
export class JobRunner {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #targets: Targets;
  readonly #dataDir: string;

  constructor(options: { store: Store; clock: Clock; targets: Targets; dataDir: string }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#targets = options.targets;
    this.#dataDir = options.dataDir;
  }

  /** The latest job for a purpose in an iteration. */
  latest(iteration: number, purpose: string): StoredJob | null {
    const row = this.#store.training.jobsFor(iteration, purpose).at(-1);
    if (!row) {
      return null;
    }
    const directory = new JobDirectory(join(this.#dataDir, row.directory));
    return { row, directory, manifest: directory.manifest() };
  }

  /**
   * Resolves with a job that has ended well; whoever asked collects it and records that (`endJob`).
   *
   * @throws LionError when the job failed by itself or was killed too often, or of kind `interrupted` when the signal
   *   aborts: the job then goes on.
   */
  async run(work: Work, onMetrics: (metrics: Metrics) => void, signal: AbortSignal): Promise<StoredJob> {
    const latest = this.latest(work.iteration, work.purpose);
    const same = latest?.manifest?.fingerprint === work.fingerprint && latest.row.state !== "collected";
    if (latest?.row.state === "submitted" && !same) {
      await this.#targets.of(latest.row.target).cancel(latest.directory);
      await this.#failed(latest);
    }
    let previous = same ? latest : null;
    let job = previous?.row.state === "submitted" ? previous : null;
    for (let attempt = 1; ; attempt++) {
      job ??= await this.#prepare(work, previous, signal);
      const problem = await this.#finish(work, job, onMetrics, signal);
      if (problem === null) {
        return job;
      }
      if (attempt === MOST_ATTEMPTS) {
        throw new LionError(
          "environment",
          `${work.title} was tried ${attempt} times without a result, at last because ${problem}: look at ${job.directory.file("log")} and at the machine's memory, then run again.`,
        );
      }
      previous = job;
      job = null;
    }
  }

  /** Waits for a job's end. Returns null when it ended well, else why it is worth another attempt. */
  async #finish(
    work: Work,
    job: StoredJob,
    onMetrics: (metrics: Metrics) => void,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { directory } = job;
    if (job.manifest === null) {
      await this.#failed(job);
      return `its folder ${directory.path} was gone`;
    }
    const target = this.#targets.of(job.row.target);
    await target.submit(directory, this.#takenOver(work, job.manifest));
    const end = await follow(target, directory, this.#clock, { onMetrics }, signal);
    if (end.state === "exited" && end.code === 0) {
      const complaint = await work.check(directory, target);
      if (complaint !== null) {
        await this.#failed(job, 0);
      }
      return complaint;
    }
    await target.endRemains(directory);
    const failure = failureOf(directory, end);
    await this.#failed(job, end.state === "exited" ? end.code : null);
    if (directory.cancelled) {
      throw new LionError("interrupted", `${work.title} was cancelled: the next run starts it anew.`);
    }
    if (failure.kind === "own") {
      const advice = adviceOn(failure.reason);
      throw new LionError(
        "environment",
        `${work.title} failed: ${failure.reason.replace(/[.:\s]+$/, "")}${advice ? `; ${advice}` : ""} (the whole log is ${directory.file("log")}).`,
      );
    }
    return failure.how;
  }

  /** Writes a new attempt's directory and records the job before it starts, so that a restarted engine finds it. */
  async #prepare(work: Work, previous: StoredJob | null, signal: AbortSignal): Promise<StoredJob> {
    const { kind, iteration, purpose, target } = work;
    const place = this.#targets.of(target);
    const number = this.#store.training.jobsFor(iteration, purpose).length + 1;
    const id = `iteration-${pad(iteration)}-${purpose}-${pad(number)}-${randomUUID().slice(0, 8)}`;
    const path = join("jobs", id);
    const directory = new JobDirectory(join(this.#dataDir, path));
    if (signal.aborted) {
      throw new LionError("interrupted", `Interrupted without loss: ${lowerFirst(work.title)} had not begun yet.`);
    }
    directory.create();
    const command = await work.prepare(directory, place);
    const manifest: JobManifest = {
      ...{ id, kind, iteration, purpose, fingerprint: work.fingerprint },
      previous: previous?.row.target === target ? previous.row.id : null,
      createdAt: this.#clock.now(),
      details: work.details,
      ...command,
    };
    directory.seal(manifest);
    const row = { id, kind, iteration, purpose, target, directory: path };
    this.#store.write(() => this.#store.training.addJob(row, this.#clock.now()));
    return { row: { ...row, state: "submitted", exitCode: null }, directory, manifest };
  }

  #takenOver({ goesOnFrom: names }: Work, { previous }: JobManifest): TakenOver | undefined {
    return previous ? { job: new JobDirectory(join(this.#dataDir, "jobs", previous)), names } : undefined;
  }

  async #failed(job: StoredJob, exitCode: number | null = null): Promise<void> {
    // A checkpoint that was being written is as large as a whole one and of no use to anybody.
    await this.#targets.of(job.row.target).remove(job.directory, ["checkpoint.tmp"]);
    this.#store.write(() => this.#store.training.endJob(job.row.id, "failed", exitCode, this.#clock.now()));
  }
}

/** Ids sort as text in the order of their attempts. */
function pad(number: number): string {
  return String(number).padStart(3, "0");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
