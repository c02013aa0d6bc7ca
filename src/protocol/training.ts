/** What the training view's webview and the editor say to each other, and what is drawn and said of a training. */

export type RunMetric = "loss" | "heldOut" | "rate" | "norm" | "speed";
export type RunAxis = "step" | "tokens" | "seconds";

/** How the latest attempt of a training stands. */
export type RunState =
  | "prepared"
  | "waiting"
  | "running"
  | "ended"
  | "stopped"
  | "collected"
  | "cancelled"
  | "failed"
  | "lost";

/** A training in the list. */
export interface ListedRun {
  readonly id: string;
  readonly iteration: number;
  /** Which of its iteration's trainings it is, from 1, and how many there are. */
  readonly number: number;
  readonly of: number;
  readonly state: RunState;
  readonly progress: { readonly done: number; readonly total: number } | null;
}

export interface FirstAndLast {
  readonly first: number;
  readonly last: number;
}

/** Everything that is said of the chosen training; null where nobody knows. */
export interface ChosenRun extends ListedRun {
  /** The latest attempt's job. */
  readonly jobId: string;
  /** Why it waits or has failed, in a sentence; empty where there is nothing to say. */
  readonly reason: string;
  readonly target: string;
  readonly host: string | null;
  readonly gpus: readonly string[];
  readonly attempts: number;
  /** Steps at which attempts went on from a saved state. */
  readonly resumed: readonly number[];
  readonly step: number | null;
  readonly steps: number | null;
  readonly epoch: number | null;
  readonly secondsLeft: number | null;
  /** Seconds that the training itself took so far. */
  readonly seconds: number | null;
  readonly tokens: number | null;
  readonly loss: FirstAndLast | null;
  readonly heldOut: FirstAndLast | null;
  readonly speed: number | null;
  /** Share of the processors' peak, from 0 to 1. */
  readonly mfu: number | null;
  readonly memoryMb: number | null;
}

/** What there is to show. */
export type TrainingView =
  | { readonly state: "noProject"; readonly problem: string | null }
  | {
      readonly state: "empty";
      readonly project: string;
      /** Whether the project's student is a checkpoint, so that something can be trained. */
      readonly trains: boolean;
      readonly running: boolean;
    }
  | {
      readonly state: "runs";
      readonly project: string;
      /** Newest first. */
      readonly runs: readonly ListedRun[];
      /** How many older ones are not listed. */
      readonly more: number;
      readonly chosen: ChosenRun;
      /** The trainings whose curves are wanted, with the version of each. */
      readonly drawn: ReadonlyArray<{ readonly id: string; readonly version: number }>;
    };

/** Which part of a curve is wanted, and how. */
export interface CurveRequest {
  readonly id: string;
  readonly axis: RunAxis;
  readonly from: number | null;
  readonly to: number | null;
  /** From 0, as measured, to below 1. */
  readonly smoothing: number;
}

/** Steps of a training; `values[metric][i]` was measured at `x[i]`, null where nothing was. */
export interface RunCurve {
  readonly version: number;
  readonly x: readonly number[];
  /** The steps of `x`; empty where `x` is the steps. */
  readonly step: readonly number[];
  readonly values: Readonly<Record<RunMetric, ReadonlyArray<number | null>>>;
  readonly smooth: Readonly<Partial<Record<RunMetric, ReadonlyArray<number | null>>>> | null;
  /** Steps in that part; more than are here where they were thinned. */
  readonly count: number;
}

/** A part of the latest attempt's log: the last lines, or those before or after a place in bytes. */
export interface LogRequest {
  readonly id: string;
  readonly side: "last" | "before" | "after";
  readonly at: number;
}

export interface RunLog {
  /** The attempt's job: another one has another log. */
  readonly jobId: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const ACTIONS = ["run", "newProject", "demo", "showLog", "openLog", "configure"] as const;
export type TrainingAction = (typeof ACTIONS)[number];

/** Whether what came in is an action. */
export function isTrainingAction(value: unknown): value is TrainingAction {
  return (ACTIONS as readonly unknown[]).includes(value);
}

/** The request for a curve as far as it is one: what is no number or no axis is as if it were not there. */
export function curveRequestOf(value: CurveRequest): CurveRequest {
  const bound = (given: unknown): number | null => (typeof given === "number" && Number.isFinite(given) ? given : null);
  return {
    id: String(value.id),
    axis: value.axis === "tokens" || value.axis === "seconds" ? value.axis : "step",
    from: bound(value.from),
    to: bound(value.to),
    smoothing: Math.min(0.999, Math.max(0, bound(value.smoothing) ?? 0)),
  };
}

/** What a key asks of the page. */
export type TrainingPageCommand = "nextMetric" | "toggleRun";

/** The texts of the page by name; the editor has them in the person's language (shell/panels/trainingStrings.ts). */
export type TrainingString =
  | RunState
  | "title"
  | "loading"
  | "retry"
  | "readFailed"
  | "showLog"
  | "noProject"
  | "newProject"
  | "openDemo"
  | "emptyTitle"
  | "emptyText"
  | "emptyRunning"
  | "emptyServed"
  | "configure"
  | "run"
  | "runs"
  | "runsHelp"
  | "moreRuns"
  | "runName"
  | "runNameOf"
  | "draw"
  | "listed"
  | "chosen"
  | "stateWithProgress"
  | "stepsOf"
  | "epoch"
  | "loss"
  | "heldOut"
  | "rate"
  | "norm"
  | "speed"
  | "firstLast"
  | "timeLeft"
  | "timeTaken"
  | "days"
  | "hours"
  | "minutes"
  | "seconds"
  | "mfu"
  | "memory"
  | "megabytes"
  | "gigabytes"
  | "place"
  | "tokens"
  | "attempts"
  | "resumedAt"
  | "firstStep"
  | "curves"
  | "axis"
  | "axisStep"
  | "axisTokens"
  | "axisSeconds"
  | "smoothing"
  | "smoothingOff"
  | "logScale"
  | "wholeRange"
  | "atStep"
  | "atTokens"
  | "atSeconds"
  | "latest"
  | "valueOf"
  | "noValue"
  | "cursorName"
  | "noCurve"
  | "noneHere"
  | "noHeldOut"
  | "thinned"
  | "showTable"
  | "hideTable"
  | "tableOf"
  | "log"
  | "logEmpty"
  | "earlier"
  | "follow"
  | "openLog"
  | "runDrawn"
  | "runNotDrawn"
  | "tokensASecond"
  | "progress";

/** Every text of the page, in the person's language; {0} and {1} are places for figures. */
export type TrainingStrings = Readonly<Record<TrainingString, string>>;

/** What the webview can ask the editor for. */
export type TrainingHostCalls = {
  /** `asked` is the training that a command asked for before the page was there. */
  readonly hello: {
    body: null;
    reply: { readonly strings: TrainingStrings; readonly language: string; readonly asked: string | null };
  };
  /** `chosen` null is the newest training; `drawn` null the newest few. */
  readonly look: {
    body: { readonly chosen: string | null; readonly drawn: readonly string[] | null };
    reply: TrainingView;
  };
  /** Null when there is no such training any more. */
  readonly curve: { body: CurveRequest; reply: RunCurve | null };
  readonly log: { body: LogRequest; reply: RunLog | null };
  readonly act: { body: TrainingAction; reply: null };
};

/** What the editor tells the webview. */
export type TrainingWebviewCalls = {
  /** Something is different: look again. */
  readonly changed: { body: null; reply: null };
  readonly choose: { body: { readonly id: string }; reply: null };
  readonly command: { body: { readonly command: TrainingPageCommand }; reply: null };
};
