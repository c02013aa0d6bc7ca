import { curvePoints } from "../../core/browse/curvePoints.ts";
import { lastLines, linesAfter, linesBefore } from "../../core/browse/logPieces.ts";
import type { TrainingCurve } from "../../core/browse/trainingCurve.ts";
import { type TrainingRun, TrainingRuns } from "../../core/browse/trainingRuns.ts";
import type { Store } from "../../core/store/store.ts";
import type { JobRow } from "../../core/store/training.ts";
import type {
  ChosenRun,
  CurveRequest,
  ListedRun,
  LogRequest,
  RunCurve,
  RunLog,
  TrainingView,
} from "../../protocol/training.ts";
import { isUnfinished, type JobReport, JobReports } from "../trees/jobReport.ts";

/** Trainings that are listed: more than anybody lays over each other. */
const MOST_RUNS = 100;
/** Trainings that are drawn until somebody chooses. */
const DRAWN_AT_FIRST = 3;
const MOST_DRAWN = 30;
/** Steps whose mean speed is said: a single step's says little. */
const RECENT_STEPS = 20;

/** What the training view shows of one project. It reads what is asked for, and of files only what is new in them. */
export class TrainingDesk {
  readonly #runs: TrainingRuns;
  readonly #reports: JobReports;
  #list: readonly TrainingRun[] | null = null;

  constructor(store: Store, dataDirectory: string) {
    this.#runs = new TrainingRuns(store, dataDirectory);
    this.#reports = new JobReports(dataDirectory);
  }

  /** The jobs on record have changed. */
  changed(): void {
    this.#list = null;
  }

  /** The list, everything about the chosen training, and which curves have changed; null when nothing was trained. */
  async look(
    chosen: string | null,
    drawn: readonly string[] | null,
  ): Promise<Omit<Extract<TrainingView, { state: "runs" }>, "state" | "project"> | null> {
    const all = this.#all();
    const listed = all.slice(0, MOST_RUNS);
    const run = listed.find(({ id }) => id === chosen) ?? listed[0];
    if (!run) {
      return null;
    }
    const wanted = listed.filter(({ id }, index) =>
      drawn === null ? index < DRAWN_AT_FIRST || id === run.id : drawn.includes(id),
    );
    const versions = wanted.slice(0, MOST_DRAWN).map(async (one) => ({
      id: one.id,
      version: (await this.#runs.curve(one)).version,
    }));
    return {
      runs: listed.map((one) => listedRun(one, this.#reportOf(one))),
      more: all.length - listed.length,
      chosen: chosenRun(run, this.#reportOf(run), await this.#runs.curve(run)),
      drawn: await Promise.all(versions),
    };
  }

  async curve({ id, ...query }: CurveRequest): Promise<RunCurve | null> {
    const run = this.run(id);
    if (!run) {
      return null;
    }
    const curve = await this.#runs.curve(run);
    return { version: curve.version, ...curvePoints(curve, query) };
  }

  log({ id, side, at }: LogRequest): RunLog | null {
    const run = this.run(id);
    if (!run) {
      return null;
    }
    const job = latestOf(run);
    const directory = this.#runs.directory(job);
    const ended = !isUnfinished(this.#reportOf(run).state);
    const place = Number.isSafeInteger(at) && at > 0 ? at : 0;
    const piece =
      side === "before"
        ? linesBefore(directory, place)
        : side === "after"
          ? linesAfter(directory, place, ended)
          : lastLines(directory, ended);
    return { jobId: job.id, ...piece };
  }

  /** A training by its id or by that of one of its attempts. */
  run(id: string): TrainingRun | null {
    return this.#all().find((run) => run.id === id || run.attempts.some((job) => job.id === id)) ?? null;
  }

  /** The newest training, of one iteration if it is named. */
  newest(iteration?: number): TrainingRun | null {
    return this.#all().find((run) => iteration === undefined || run.iteration === iteration) ?? null;
  }

  #all(): readonly TrainingRun[] {
    this.#list ??= this.#runs.list();
    return this.#list;
  }

  #reportOf(run: TrainingRun): JobReport {
    return this.#reports.of(latestOf(run));
  }
}

function latestOf({ attempts }: TrainingRun): JobRow {
  return attempts.at(-1) as JobRow;
}

function listedRun({ id, iteration, number, of }: TrainingRun, { state, progress }: JobReport): ListedRun {
  return { id, iteration, number, of, state, progress };
}

function chosenRun(run: TrainingRun, report: JobReport, curve: TrainingCurve): ChosenRun {
  const { id: jobId, target } = latestOf(run);
  const { reason, host, gpus, secondsLeft } = report;
  const { end } = curve;
  return {
    ...listedRun(run, report),
    ...{ jobId, target, reason, host, gpus },
    attempts: run.attempts.length,
    resumed: curve.resumed,
    step: end?.step ?? null,
    steps: end?.steps ?? null,
    epoch: end?.epoch ?? null,
    secondsLeft: report.state === "running" ? (end?.secondsLeft ?? secondsLeft) : null,
    seconds: curve.column("seconds").at(-1) ?? null,
    tokens: curve.column("tokens").at(-1) ?? null,
    loss: curve.ends("loss"),
    heldOut: curve.ends("heldOut"),
    speed: recentMean(curve.column("speed")),
    mfu: end?.mfu ?? null,
    memoryMb: end?.memoryMb ?? null,
  };
}

function recentMean(column: readonly number[]): number | null {
  const recent = column.slice(-RECENT_STEPS).filter((value) => Number.isFinite(value));
  return recent.length === 0 ? null : recent.reduce((sum, value) => sum + value, 0) / recent.length;
}
