/** What the dashboard's webview and the editor say to each other, and the figures that are drawn. */

/** A figure with its 95 % interval; a bound is null where one observation gives none. */
export interface Interval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** How many observations it rests on. */
  readonly count: number;
}

export type DashboardRole = "teacher" | "student" | "referee" | "generator" | "evaluator";

/** What a role used in an iteration with one currency. */
export interface RoleUse {
  readonly role: DashboardRole;
  /** Requests that left, whatever became of them. */
  readonly calls: number;
  /** In units of the currency; null where the profile has no prices. */
  readonly cost: number | null;
  /** Null where the profile has no prices. */
  readonly currency: string | null;
}

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Gaps of an iteration, of the panel's instructions or of the draw's. */
export interface GapSummary {
  readonly rated: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  /** The two orders name different winners. */
  readonly contradictory: number;
  readonly studentAhead: number;
  readonly meanGap: Interval | null;
  readonly hardShare: Interval | null;
}

/** How the referee behaves, over the newest ratings of each compared pair. */
export interface RefereeSummary {
  readonly pairs: number;
  readonly flipRate: Interval | null;
  readonly firstPositionRate: Interval | null;
  readonly lengthCorrelation: number | null;
  readonly unparsedRate: Interval | null;
}

/** Characters of the answers that were compared. */
export interface LengthSummary {
  readonly pairs: number;
  readonly teacher: Quartiles | null;
  readonly student: Quartiles | null;
}

export interface ExactMatchSummary {
  readonly share: Interval;
  readonly correct: number;
  readonly levels: ReadonlyArray<{ readonly level: number; readonly correct: number; readonly total: number }>;
}

export interface ApprovalSummary {
  readonly approved: number;
  readonly waiting: number;
  readonly refused: number;
  readonly filtered: number;
  /** Why people and filters refused, the most frequent first. */
  readonly reasons: ReadonlyArray<{
    readonly by: "person" | "filter";
    readonly reason: string;
    readonly count: number;
  }>;
}

/** How often two judgements of the same things come to the same. */
export interface AgreementSummary {
  /** Things that were judged twice. */
  readonly count: number;
  readonly agreed: number;
  readonly share: Interval | null;
  /** Cohen's κ; null where both only ever named one category. */
  readonly kappa: Interval | null;
}

/** Judgements of verdicts and decisions about candidates, compared apart. */
export interface AgreementByKind {
  readonly verdicts: AgreementSummary;
  readonly candidates: AgreementSummary;
}

/** How far people agree: with the referee, with themselves and with each other. Suggestions and policies are in none. */
export interface AgreementFigures {
  /** Each person's latest judgement of a verdict and the referee's; blind: names, scores and verdict were hidden. */
  readonly referee: { readonly normal: AgreementSummary; readonly blind: AgreementSummary };
  /** The same, first to last, of iterations with such judgements; those before the hundred newest are left out. */
  readonly refereeByIteration: ReadonlyArray<{
    readonly iteration: number;
    readonly normal: AgreementSummary;
    readonly blind: AgreementSummary;
  }>;
  /** What a person decided, and decided again later without seeing it. */
  readonly self: AgreementByKind;
  /** Second opinions and the first ones, which they did not see. */
  readonly between: AgreementByKind;
  /** Most decisions first, fifty at most. */
  readonly people: ReadonlyArray<{
    readonly actor: string;
    readonly decisions: number;
    /** How many items the median rests on. */
    readonly timed: number;
    /** Seconds from an item's appearance to the decision; null where none was timed. */
    readonly medianSeconds: number | null;
  }>;
}

export interface IterationFigures {
  readonly number: number;
  readonly tau: number;
  readonly mode: "lazy" | "full";
  readonly trainPool: number;
  readonly cachePool: number;
  readonly panel: GapSummary;
  readonly draw: GapSummary;
  readonly use: readonly RoleUse[];
  readonly lengths: LengthSummary;
  readonly referee: RefereeSummary;
  readonly exactMatch: ExactMatchSummary | null;
  readonly approval: ApprovalSummary | null;
}

export type GapKind = "studentAhead" | "easy" | "hard";

/**
 * Gaps between `from` and `to`. Above 0 the lower end belongs to it, below 0 the upper end: so that τ and −τ are where hard
 * and student-ahead begin.
 */
export interface GapBin {
  readonly from: number;
  readonly to: number;
  readonly kind: GapKind;
  readonly count: number;
}

/** The draw's gaps in one iteration. */
export interface GapHistogram {
  readonly iteration: number;
  readonly tau: number;
  readonly bins: readonly GapBin[];
}

export interface DashboardFigures {
  readonly project: string;
  /** First to last; those before the hundred newest are left out. */
  readonly iterations: readonly IterationFigures[];
  readonly histogram: GapHistogram | null;
  readonly outlook: { readonly answer: "yes" | "unclear" | "no"; readonly sentence: string } | null;
  readonly agreement: AgreementFigures;
  /** How many pairs of an iteration lengths and the referee's figures rest on at most. */
  readonly sampleSize: number;
}

/** What there is to show. */
export type DashboardView =
  | { readonly state: "noProject"; readonly problem: string | null }
  | { readonly state: "empty"; readonly project: string; readonly instructions: number; readonly running: boolean }
  | { readonly state: "figures"; readonly figures: DashboardFigures };

/** The rows behind a figure. */
export type DashboardTarget =
  | { readonly rows: "gaps"; readonly iteration: number; readonly from: number; readonly to: number }
  | {
      readonly rows: "cache";
      readonly iteration: number;
      readonly bucket?: "hard" | "easy" | "unscored";
      readonly flag?: "contradictory" | "studentAhead";
    }
  | { readonly rows: "panel"; readonly iteration: number }
  | { readonly rows: "evaluation"; readonly iteration: number }
  | { readonly rows: "train" }
  | { readonly rows: "review"; readonly iteration: number }
  | { readonly rows: "compare"; readonly iteration: number; readonly group: "all" | "disputed" }
  | { readonly rows: "jobs" }
  | { readonly rows: "iterations" };

const ACTIONS = ["run", "import", "newProject", "demo", "showLog"] as const;
export type DashboardAction = (typeof ACTIONS)[number];

/** Whether what came in is an action. */
export function isDashboardAction(value: unknown): value is DashboardAction {
  return (ACTIONS as readonly unknown[]).includes(value);
}

/** Whether what came in names rows; nothing but these fields is passed on. */
export function isDashboardTarget(value: unknown): value is DashboardTarget {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { rows, iteration, from, to, bucket, flag, group } = value as Readonly<Record<string, unknown>>;
  const hasIteration = Number.isSafeInteger(iteration);
  switch (rows) {
    case "gaps":
      return hasIteration && Number.isFinite(from) && Number.isFinite(to);
    case "cache":
      return (
        hasIteration &&
        [undefined, "hard", "easy", "unscored"].includes(bucket as undefined) &&
        [undefined, "contradictory", "studentAhead"].includes(flag as undefined)
      );
    case "compare":
      return hasIteration && (group === "all" || group === "disputed");
    case "panel":
    case "evaluation":
    case "review":
      return hasIteration;
    default:
      return rows === "train" || rows === "jobs" || rows === "iterations";
  }
}

/** The texts of the page by name; the editor has them in the person's language (shell/panels/dashboardStrings.ts). */
export type DashboardString =
  | "title"
  | "subtitle"
  | "loading"
  | "retry"
  | "failed"
  | "noProject"
  | "newProject"
  | "openDemo"
  | "emptyTitle"
  | "emptyText"
  | "emptyNoInstructions"
  | "emptyRunning"
  | "run"
  | "import"
  | "showLog"
  | "iteration"
  | "chooseIteration"
  | "showTable"
  | "hideTable"
  | "tableOf"
  | "interval"
  | "noInterval"
  | "pointTitle"
  | "of"
  | "ratedOf"
  | "rated"
  | "lazyTitle"
  | "fullTitle"
  | "fromTo"
  | "cards"
  | "outlookYes"
  | "outlookUnclear"
  | "outlookNo"
  | "outlookPending"
  | "outlookPendingText"
  | "cardGap"
  | "cardGapChange"
  | "cardHard"
  | "cardRated"
  | "cardRatedNote"
  | "cardUse"
  | "cardUseNote"
  | "cardWaiting"
  | "cardWaitingNote"
  | "learningTitle"
  | "learningCaption"
  | "meanGap"
  | "hardShare"
  | "panel"
  | "draw"
  | "panelMeanGap"
  | "panelHardShare"
  | "drawMeanGap"
  | "drawHardShare"
  | "exactMatchTitle"
  | "exactMatchCaption"
  | "exactMatch"
  | "level"
  | "gapsTitle"
  | "gapsCaption"
  | "gap"
  | "kind"
  | "flag"
  | "instructions"
  | "hard"
  | "easy"
  | "studentAhead"
  | "allHard"
  | "allEasy"
  | "ofThemAhead"
  | "contradictory"
  | "unscored"
  | "binTitle"
  | "poolsTitle"
  | "poolsCaption"
  | "trainPool"
  | "cachePool"
  | "useTitle"
  | "useCaption"
  | "calls"
  | "cost"
  | "costIn"
  | "priceUnknown"
  | "free"
  | "teacher"
  | "student"
  | "referee"
  | "generator"
  | "evaluator"
  | "approvalTitle"
  | "approvalCaption"
  | "approved"
  | "waiting"
  | "refused"
  | "filtered"
  | "reasons"
  | "refusedBy"
  | "person"
  | "filter"
  | "inIteration"
  | "inAll"
  | "noReason"
  | "lengthsTitle"
  | "lengthsCaption"
  | "quartiles"
  | "pairs"
  | "refereeTitle"
  | "refereeCaption"
  | "flipRate"
  | "firstPositionRate"
  | "lengthCorrelation"
  | "unparsedRate"
  | "agreementTitle"
  | "agreementCaption"
  | "agreementNobody"
  | "agreed"
  | "kappa"
  | "judgements"
  | "agreementShare"
  | "withReferee"
  | "withRefereeBlind"
  | "selfVerdicts"
  | "selfCandidates"
  | "betweenVerdicts"
  | "betweenCandidates"
  | "notBlind"
  | "blind"
  | "people"
  | "decisions"
  | "medianSeconds"
  | "seconds"
  | "timedItems";

/** Every text of the page, in the person's language; {0} and {1} are places for figures. */
export type DashboardStrings = Readonly<Record<DashboardString, string>>;

/** What the webview can ask the editor for. */
export type DashboardHostCalls = {
  readonly hello: { body: null; reply: { readonly strings: DashboardStrings; readonly language: string } };
  /** `iteration` is the one whose histogram is wanted; null is the newest rated one. */
  readonly load: { body: { readonly iteration: number | null }; reply: DashboardView };
  readonly reveal: { body: DashboardTarget; reply: null };
  readonly act: { body: DashboardAction; reply: null };
};

/** What the editor tells the webview. */
export type DashboardWebviewCalls = {
  readonly changed: { body: null; reply: null };
};
