import type { LongText, QueueHostCalls, QueueString, QueueWebviewCalls, StandingDecision } from "./queue.ts";

/** The page on which a person compares the teacher's and the student's answers and judges the referee's verdict. */

/** An answer as one side of a comparison. Its names are null while the comparison is blind. */
export interface AnswerSide {
  readonly answerId: number;
  readonly role: "teacher" | "student" | null;
  /** The model or the person that wrote it, and which student version it is. */
  readonly by: string | null;
  readonly origin: "model" | "imported" | "person" | null;
  /** An answer that is not whole; null when it is. */
  readonly flaw: "cut" | "empty" | "refused" | null;
  readonly text: LongText;
  readonly words: number;
}

/** One referee run. */
export interface RatingView {
  readonly firstShown: "teacher" | "student";
  readonly scores: { readonly teacher: number; readonly student: number } | null;
  /** Why there are no scores, in words. */
  readonly unparsed: string | null;
  readonly reply: LongText;
  readonly model: string;
  readonly promptVersion: string;
}

/** What should make a person doubt the verdict. */
export type RefereeWarning =
  /** The two orders name different winners. */
  | "contradictory"
  /** At least one reply could not be read. */
  | "unparsed"
  /** The answer that won has at least half as many words again as the other one. */
  | "longer"
  /** In each order the answer shown first got the better score. */
  | "first"
  /** The student is ahead by at least τ: the teacher may be wrong. */
  | "studentAhead";

/** The referee's verdict; all numbers are points from 1 to 10 or differences of them. */
export interface RefereeView {
  readonly ratings: readonly RatingView[];
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
  /** Mean of the teacher's scores minus mean of the student's; null when unscored. */
  readonly gap: number | null;
  readonly tau: number;
  readonly half: "hard" | "easy" | null;
  readonly warnings: readonly RefereeWarning[];
}

/** The instruction's verdict in one iteration. */
export interface HistoryPoint {
  readonly iteration: number;
  readonly scope: "draw" | "panel";
  /** 0 for the student before any training. */
  readonly studentVersion: number;
  readonly gap: number | null;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
  /** What a person set in place of the verdict. */
  readonly override: "hard" | "easy" | null;
  readonly isShown: boolean;
}

export interface Relative {
  readonly instructionId: number;
  /** The beginning of its text. */
  readonly text: string;
  /** A candidate's state in words, or empty. */
  readonly state: string;
}

export interface Lineage {
  /** `imported`, `generated`, `edited` or `written`, in words, with the file and the line. */
  readonly origin: string;
  readonly parent: Relative | null;
  /** At most 20; `childCount` is how many there are. */
  readonly children: readonly Relative[];
  readonly childCount: number;
  readonly supersedes: Relative | null;
  readonly replacedBy: Relative | null;
  /** Checkpoints that were trained on it, in words, oldest first. */
  readonly checkpoints: readonly string[];
}

/** One comparison. */
export interface CompareItem {
  readonly instructionId: number;
  readonly iteration: number;
  readonly turns: ReadonlyArray<{ readonly role: "user" | "assistant"; readonly text: LongText }>;
  readonly input: LongText | null;
  readonly system: LongText | null;
  /** Left and right. Teacher and student, or shuffled where the item is blind. */
  readonly sides: readonly [AnswerSide, AnswerSide];
  /** Names, scores, history and earlier decisions are held back until the person has decided. */
  readonly blind: boolean;
  /** Null while blind. */
  readonly referee: RefereeView | null;
  /** By iteration; empty while blind. */
  readonly history: readonly HistoryPoint[];
  readonly lineage: Lineage;
  /** What has been decided on this verdict or instruction and holds; empty while blind. */
  readonly standing: readonly StandingDecision[];
  /** Two people's opinions differ. */
  readonly disputed: boolean;
  /** What an agent proposes and nobody has answered; empty while blind. */
  readonly suggestions: readonly StandingDecision[];
  /** Null, or why the instruction is left out of everything. */
  readonly excluded: string | null;
}

/** What a τ would make of everything that the iteration has rated. */
export interface TauPreview {
  readonly iteration: number;
  readonly tau: number;
  /** The τ of lion.json, which the next iteration takes, and the one that this iteration was frozen with. */
  readonly saved: number;
  readonly frozen: number;
  readonly rated: number;
  /** The Cache as it stood in the iteration. */
  readonly total: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  /** Hard instructions to expect in the whole Cache, 95 % interval; of a complete rating the number itself. */
  readonly projectedHard: { readonly low: number; readonly high: number } | null;
  /** How many verdicts have which gap, for the picture behind the slider: at most 64 bins. */
  readonly bins: ReadonlyArray<{ readonly from: number; readonly to: number; readonly count: number }>;
}

/** Commands of this page alone, and those of the project that it offers; what their buttons say stands under their ids. */
export type CompareCommand =
  | "lion.compare.agree"
  | "lion.compare.left"
  | "lion.compare.tie"
  | "lion.compare.right"
  | "lion.compare.hard"
  | "lion.compare.easy"
  | "lion.compare.askAgain"
  | "lion.compare.score"
  | "lion.compare.blind"
  | "lion.compare.tau"
  | "lion.openReview"
  | "lion.run"
  | "lion.newProject"
  | "lion.openSandboxDemo";

/** The texts of the page by name; the editor has them in the person's language (shell/panels/compareStrings.ts). */
export type CompareString =
  | QueueString
  | CompareCommand
  | "compareTitle"
  | "title"
  | "iteration"
  | "showTools"
  | "instructionTitle"
  | "sides"
  | "left"
  | "right"
  | "teacher"
  | "student"
  | "flawCut"
  | "flawEmpty"
  | "flawRefused"
  | "imported"
  | "person"
  | "agreeWith"
  | "leftBetter"
  | "rightBetter"
  | "teacherBetter"
  | "studentBetter"
  | "agreeUnscored"
  | "decisionTitle"
  | "blindText"
  | "disputed"
  | "excluded"
  | "refereeTitle"
  | "teacherAheadHard"
  | "teacherAheadEasy"
  | "studentAheadEasy"
  | "levelHard"
  | "levelEasy"
  | "unscored"
  | "warnContradictory"
  | "warnUnparsed"
  | "warnLonger"
  | "warnFirst"
  | "warnStudentAhead"
  | "order"
  | "orderTeacher"
  | "orderStudent"
  | "mean"
  | "ratingBy"
  | "replyTeacher"
  | "replyStudent"
  | "notScored"
  | "gap"
  | "scaleText"
  | "tauTitle"
  | "tauLabel"
  | "tauValue"
  | "tauCounts"
  | "tauCache"
  | "tauCacheExact"
  | "tauThisHard"
  | "tauThisEasy"
  | "tauSaved"
  | "tauChanged"
  | "tauSave"
  | "tauReset"
  | "tauFailed"
  | "tauLoading"
  | "historyTitle"
  | "historyNone"
  | "historyIteration"
  | "historyPanel"
  | "historyDraw"
  | "historyPoint"
  | "historyShown"
  | "overriddenHard"
  | "overriddenEasy"
  | "verdict"
  | "hard"
  | "easy"
  | "unscoredWord"
  | "lineageTitle"
  | "parent"
  | "children"
  | "childrenMore"
  | "supersedes"
  | "replacedBy"
  | "checkpoints"
  | "noCheckpoints"
  | "openNumber"
  | "marksTooLong";

/** Every text of the page, in the person's language; `{0}`, `{1}` … are filled in by the page. */
export type CompareStrings = Readonly<Record<CompareString, string>>;

export type CompareHostCalls = QueueHostCalls<CompareItem, CompareStrings> & {
  /** Reads only. Without a τ the saved one. */
  readonly previewTau: {
    readonly body: { readonly iteration: number; readonly tau: number | null };
    readonly reply: TauPreview;
  };
  /** Writes it into lion.json, from where the next iteration takes it. */
  readonly saveTau: { readonly body: { readonly iteration: number; readonly tau: number }; readonly reply: TauPreview };
};

export type CompareWebviewCalls = QueueWebviewCalls<CompareItem>;
