import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError, messageOf } from "../errors.ts";
import type { Store } from "../store/store.ts";
import type { JobRow } from "../store/training.ts";
import { follow, type JobEnd, type Metrics } from "./follow.ts";
import { type JobCommand, JobDirectory, type JobManifest } from "./jobDirectory.ts";
import { adviceOn, failureOf } from "./jobFailure.ts";
import { stateOf } from "./jobState.ts";
import { waitOut } from "./patience.ts";
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
  prepare(directory: JobDirectory, target: Target, watch: Watch): Promise<JobCommand>;
  /**
   * Brings what is needed of the output here. What is wrong with that of a job that ended with 0, or null.
   *
   * @throws LionError for what another attempt would not mend.
   */
  check(directory: JobDirectory, target: Target, watch: Watch): Promise<string | null>;
}

/** Somebody who waits for a job. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly onMetrics: (metrics: Metrics) => void;
  /** What is being done or waited for while there are no metrics. */
  readonly tell: (text: string) => void;
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
/** The exit code of a trainer that was asked to stop and has saved its state. */
const SAVED_AND_STOPPED = 75;

/**
 * Brings work to its end through jobs: attaches to the one that is there already, else starts one; starts another when
 * it was killed. All it needs to go on after its own death is in the store and in the job directories.
 */
export class JobRunner {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #targets: Targets;
  readonly #dataDir: string;
  readonly #note: (text: string) => void;

  constructor(options: {
    store: Store;
    clock: Clock;
    targets: Targets;
    dataDir: string;
    note?: (text: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#targets = options.targets;
    this.#dataDir = options.dataDir;
    this.#note = options.note ?? (() => {});
  }

  /** The latest job for a purpose in an iteration. */
  latest(iteration: number, purpose: string): StoredJob | null {
    const row = this.#store.training.jobsFor(iteration, purpose).at(-1);
    if (!row) {
      return null;
    }
    const directory = this.directoryOf(row);
    return { row, directory, manifest: directory.manifest() };
  }

  directoryOf({ directory }: Pick<JobRow, "directory">): JobDirectory {
    return new JobDirectory(join(this.#dataDir, directory));
  }

  /**
   * Resolves with a job that has ended well; whoever asked collects it and records that (`endJob`).
   *
   * @throws LionError when the job failed by itself or was killed too often, or of kind `interrupted` when the signal
   *   aborts: the job then goes on.
   */
  async run(work: Work, watch: Watch): Promise<StoredJob> {
    const latest = this.latest(work.iteration, work.purpose);
    const same =
      latest?.manifest?.fingerprint === work.fingerprint &&
      latest.row.target === work.target &&
      latest.row.state !== "collected";
    if (latest?.row.state === "submitted" && !same) {
      await this.#giveUp(latest);
    }
    let previous = same ? latest : null;
    let job = previous?.row.state === "submitted" ? previous : null;
    for (let attempt = 1; ; attempt++) {
      job ??= await this.#prepare(work, previous, watch);
      const problem = await this.#finish(work, job, watch);
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

  /** Ends a job whose work is no longer wanted. One that cannot be reached keeps nobody waiting. */
  async #giveUp(job: StoredJob): Promise<void> {
    const { id, target } = job.row;
    try {
      await this.#targets.of(target).cancel(job.directory);
      await this.#removeTorn(job);
    } catch (error) {
      this.#note(
        `The job ${id} on "${target}" is not wanted any more and could not be ended, so that it may still run there. ${messageOf(error)}`,
      );
    }
    this.#failed(job);
  }

  /** Waits for a job's end. Returns null when it ended well, else why it is worth another attempt. */
  async #finish(work: Work, job: StoredJob, watch: Watch): Promise<string | null> {
    const { directory } = job;
    if (job.manifest === null) {
      this.#failed(job);
      return `its folder ${directory.path} was gone`;
    }
    const target = this.#targets.of(job.row.target);
    await target.submit(directory, this.#takenOver(work, job.manifest));
    const end = await this.#follow(target, directory, watch);
    if (end.state === "exited" && end.code === 0) {
      return this.#check(work, job, target, watch);
    }
    await this.#patiently(target, watch, async () => {
      await target.endRemains(directory);
      await this.#removeTorn(job);
    });
    this.#failed(job, end.state === "exited" ? end.code : null);
    if (directory.cancelled) {
      const next = work.goesOnFrom.length > 0 ? "goes on from what it has saved" : "starts it anew";
      throw new LionError("interrupted", `${work.title} was cancelled: the next run ${next}.`);
    }
    if (wasSaved(directory, end)) {
      return "it was stopped from outside after it had saved its state";
    }
    const failure = failureOf(directory, end);
    if (failure.kind === "own") {
      const advice = adviceOn(failure.reason);
      throw new LionError(
        "environment",
        `${work.title} failed: ${failure.reason.replace(/[.:\s]+$/, "")}${advice ? `; ${advice}` : ""} (the whole log is ${directory.file("log")}).`,
      );
    }
    return failure.how;
  }

  #follow(target: Target, directory: JobDirectory, watch: Watch): Promise<JobEnd> {
    return follow(
      { pollMs: target.pollMs, look: () => this.#patiently(target, watch, () => target.look(directory)) },
      directory,
      this.#clock,
      {
        onMetrics: watch.onMetrics,
        onWaiting: (reason) => watch.tell(reason === null ? "" : `waiting on ${target.name}: ${reason}`),
      },
      watch.signal,
    );
  }

  async #check(work: Work, job: StoredJob, target: Target, watch: Watch): Promise<string | null> {
    let complaint: string | null;
    try {
      complaint = await this.#patiently(target, watch, () => work.check(job.directory, target, watch));
    } catch (error) {
      if (error instanceof LionError && error.kind === "input") {
        this.#failed(job, 0);
      }
      throw error;
    }
    if (complaint !== null) {
      this.#failed(job, 0);
    }
    return complaint;
  }

  #patiently<T>(target: Target, { signal }: Watch, action: () => Promise<T>): Promise<T> {
    return waitOut(action, { clock: this.#clock, signal, note: this.#note, place: `"${target.name}"` });
  }

  /** Writes a new attempt's directory and records the job before it starts, so that a restarted engine finds it. */
  async #prepare(work: Work, previous: StoredJob | null, watch: Watch): Promise<StoredJob> {
    const { kind, iteration, purpose, target } = work;
    const place = this.#targets.of(target);
    const number = this.#store.training.jobsFor(iteration, purpose).length + 1;
    const id = `iteration-${pad(iteration)}-${purpose}-${pad(number)}-${randomUUID().slice(0, 8)}`;
    const path = join("jobs", id);
    const directory = new JobDirectory(join(this.#dataDir, path));
    if (watch.signal.aborted) {
      throw new LionError("interrupted", `Interrupted without loss: ${lowerFirst(work.title)} had not begun yet.`);
    }
    directory.create();
    const command = await work.prepare(directory, place, watch);
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

  /** A checkpoint that was being written is as large as a whole one and of no use to anybody. */
  #removeTorn(job: StoredJob): Promise<void> {
    return this.#targets.of(job.row.target).remove(job.directory, ["checkpoint.tmp"]);
  }

  #failed(job: StoredJob, exitCode: number | null = null): void {
    this.#store.write(() => this.#store.training.endJob(job.row.id, "failed", exitCode, this.#clock.now()));
  }
}

/** torchrun ends with a code of its own, so that what the trainer wrote down counts as well. */
function wasSaved(directory: JobDirectory, end: JobEnd): boolean {
  return (end.state === "exited" && end.code === SAVED_AND_STOPPED) || stateOf(directory).state === "stopped";
}

/** Ids sort as text in the order of their attempts. */
function pad(number: number): string {
  return String(number).padStart(3, "0");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
