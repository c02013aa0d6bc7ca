import type { AnswerSide, Relative } from "./compare.ts";
import type { LongText, QueueHostCalls, QueueString, QueueWebviewCalls, StandingDecision } from "./queue.ts";

/** The page on which a person decides about candidates. */

/** A stretch of a text, in UTF-16 units: from, and up to but without to. */
export type Stretch = readonly [from: number, to: number];

/** The instruction that a candidate is most like, by ROUGE-L. */
export interface Neighbour extends Relative {
  /** ROUGE-L, 0 to 1; a candidate is too similar from `limit` on. */
  readonly score: number;
  readonly limit: number;
  readonly whole: LongText;
  /** The words of the longest common subsequence, in the candidate's last user turn and in the neighbour's. */
  readonly shared: { readonly candidate: readonly Stretch[]; readonly neighbour: readonly Stretch[] };
  /** In the Cache, waiting beside this one, or in an evaluation set. */
  readonly where: "cache" | "candidate" | "evaluation";
}

/** One of the filters that a candidate went through. */
export interface FilterCheck {
  readonly code: string;
  readonly name: string;
  readonly passed: boolean;
  /** What is wrong, or why it was passed; may be empty. */
  readonly detail: string;
}

/** The teacher's answer to a candidate, asked before the person decides. */
export type TeacherAhead =
  /** off: not wanted. waiting: will be asked. asking: on its way. */
  | { readonly state: "off" | "waiting" | "asking" }
  /** Why it cannot be asked or has failed, in a sentence. */
  | { readonly state: "problem"; readonly problem: string }
  | { readonly state: "answered"; readonly answer: AnswerSide };

export interface CandidateItem {
  readonly instructionId: number;
  readonly iteration: number;
  readonly state: "waiting" | "approved" | "refused" | "filtered" | "excluded" | "disputed";
  /** The state in words, with the reason behind it. */
  readonly stateText: string;
  readonly turns: ReadonlyArray<{ readonly role: "user" | "assistant"; readonly text: LongText }>;
  readonly input: LongText | null;
  readonly system: LongText | null;
  readonly words: number;
  /** Who made it and how, in words: “Generated from a hard instruction by gpt-x”. */
  readonly madeBy: string;
  readonly half: "hard" | "easy" | null;
  readonly parent: (Relative & { readonly whole: LongText; readonly input: LongText | null }) | null;
  readonly neighbour: Neighbour | null;
  readonly checks: readonly FilterCheck[];
  /** Others that wait or were filtered and are like this one, the most similar first: at most 10. */
  readonly duplicates: ReadonlyArray<Relative & { readonly score: number }>;
  readonly teacher: TeacherAhead;
  /** What this one was before a person edited it. */
  readonly editedFrom: {
    readonly instructionId: number;
    readonly instruction: LongText;
    readonly input: LongText | null;
  } | null;
  /** What has been decided and holds; empty where the person is asked blind. */
  readonly standing: readonly StandingDecision[];
  readonly suggestions: readonly StandingDecision[];
  /** The checkpoint that was trained on it, in words; null when none was. */
  readonly trainedIn: string | null;
}

/** How far a `sample` approval is; null for the other modes. */
export interface SampleProgress {
  readonly size: number;
  readonly inspected: number;
  readonly refused: number;
  /** Upper confidence bound of the refusal rate, 0 to 1, and what it must be under. */
  readonly bound: number;
  readonly limit: number;
  readonly confidence: number;
  /** Candidates outside of the sample that one decision would approve. */
  readonly rest: number;
  readonly acceptable: boolean;
}

/** What the approval of the iteration amounts to so far. */
export interface ApprovalProgress {
  readonly iteration: number;
  readonly wanted: number;
  readonly approved: number;
  readonly hard: number;
  readonly easy: number;
  readonly missing: number;
  /** Whether it is finished, so that the candidates are the next Train pool. */
  readonly finished: boolean;
  readonly sample: SampleProgress | null;
}

/** Reasons for refusing, in the order of their keys 1 to 9. */
export interface RefusalReason {
  readonly code: string;
  readonly meaning: string;
  readonly key: string;
}

/** Commands of this page alone, and those of the project that it offers; what their buttons say stands under their ids. */
export type CandidateCommand =
  | "lion.candidate.approve"
  | "lion.candidate.refuse"
  | "lion.candidate.refuseAs"
  | "lion.candidate.bulk"
  | "lion.candidate.approveRest"
  | "lion.finishApproval"
  | "lion.run"
  | "lion.newProject"
  | "lion.openSandboxDemo";

/** The texts of the page by name; the editor has them in the person's language (shell/panels/candidateStrings.ts). */
export type CandidateString =
  | QueueString
  | CandidateCommand
  | "reviewTitle"
  | "candidate"
  | "iteration"
  | "halfHard"
  | "halfEasy"
  | "overrule"
  | "overruleTitle"
  | "refuseReasons"
  | "refuseBecause"
  | "showTools"
  | "relatives"
  | "parentTitle"
  | "parentNone"
  | "neighbourTitle"
  | "neighbourNone"
  | "neighbourScore"
  | "neighbourTooClose"
  | "inCache"
  | "inCandidates"
  | "inEvaluation"
  | "openNumber"
  | "checksTitle"
  | "checksPassed"
  | "checkFailed"
  | "checkPassed"
  | "duplicatesTitle"
  | "editedTitle"
  | "editedFrom"
  | "added"
  | "removed"
  | "teacherTitle"
  | "teacherOff"
  | "teacherWaiting"
  | "teacherAsking"
  | "teacherProblem"
  | "flawCut"
  | "flawEmpty"
  | "flawRefused"
  | "approvalTitle"
  | "approvedOf"
  | "ratio"
  | "missing"
  | "complete"
  | "finished"
  | "sampleInspected"
  | "sampleBound"
  | "sampleAcceptable"
  | "sampleTooMany";

/** Every text of the page, in the person's language; `{0}`, `{1}` … are filled in by the page. */
export type CandidateStrings = Readonly<Record<CandidateString, string>>;

export type CandidateHostCalls = QueueHostCalls<CandidateItem, CandidateStrings> & {
  readonly reasons: { readonly body: null; readonly reply: readonly RefusalReason[] };
  readonly approval: { readonly body: null; readonly reply: ApprovalProgress | null };
};

export type CandidateWebviewCalls = QueueWebviewCalls<CandidateItem> & {
  readonly approval: { readonly body: ApprovalProgress | null; readonly reply: null };
};
