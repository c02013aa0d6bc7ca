import type { StageName, StageState } from "../../core/store/iterations.ts";

const ORDER: readonly StageName[] = ["imitation", "discrimination", "generation"];

/** What the database and the lease say about a project. */
export interface ProjectFacts {
  readonly poolEmpty: boolean;
  /** Iterations that the project's configuration wants; a closing imitation follows the last. */
  readonly wanted: number;
  /** The newest iteration; 0 when none has begun. */
  readonly iteration: number;
  /** Its stages that have begun, in their order. */
  readonly stages: ReadonlyArray<{ readonly name: StageName; readonly state: StageState; readonly note: string }>;
  /** The process that works on the project, wherever it was started, or null. */
  readonly holder: number | null;
  /** The newest iteration's candidates, those that a filter refused left out. */
  readonly candidates: { readonly waiting: number; readonly approved: number; readonly refused: number };
  readonly approvalFinished: boolean;
  /** The newest iteration's job that nobody has collected, as its directory tells. */
  readonly job: LeftJob | null;
}

/** A job that nobody follows: it goes on by itself, or has ended well and waits to be taken over. */
export interface LeftJob {
  readonly id: string;
  readonly kind: "train" | "generate";
  readonly ended: boolean;
}

/** Where a project stands, in the words that commands and the status bar need. */
export type Standing =
  /** No instruction is in the pools. */
  | { readonly kind: "empty" }
  /** Nothing has run. */
  | { readonly kind: "new" }
  | { readonly kind: "running"; readonly iteration: number; readonly stage: StageName; readonly process: number }
  /** A stage was paused, ended by a limit or a failure, or its engine died (`died`). */
  | {
      readonly kind: "stopped";
      readonly iteration: number;
      readonly stage: StageName;
      readonly note: string;
      readonly died: boolean;
      readonly job: LeftJob | null;
    }
  /** A gate of the project waits for a person to look at something. */
  | { readonly kind: "gate"; readonly iteration: number; readonly stage: StageName; readonly note: string }
  /** Candidates wait for approval, or for the approval to be finished. */
  | { readonly kind: "approval"; readonly iteration: number; readonly waiting: number; readonly approved: number }
  /** The approval is finished: the next imitation takes over what was approved. `closed`: the generation says so too. */
  | { readonly kind: "approved"; readonly iteration: number; readonly closed: boolean }
  /** A stage is done and the next has not begun. */
  | { readonly kind: "between"; readonly iteration: number; readonly stage: StageName }
  /** Every wanted iteration and the closing imitation are done. */
  | { readonly kind: "complete"; readonly iterations: number };

/** Where the last run left off in the middle of an iteration: within a stage, or exactly between two. */
export type LeftOff = Extract<Standing, { kind: "stopped" | "between" }>;

/** Where a project stands. */
export function standingOf(facts: ProjectFacts): Standing {
  const { iteration, stages, wanted } = facts;
  if (iteration === 0) {
    return facts.poolEmpty ? { kind: "empty" } : { kind: "new" };
  }
  const open = stages.find(({ state }) => state !== "done");
  const stage = open?.name ?? ORDER[stages.length];
  if (facts.holder !== null) {
    return { kind: "running", iteration, stage: stage ?? "imitation", process: facts.holder };
  }
  if (stage === undefined || (stage === "generation" && facts.approvalFinished)) {
    return { kind: "approved", iteration, closed: stage === undefined };
  }
  if (!open) {
    const closed = iteration > wanted && stage === "discrimination";
    return closed ? { kind: "complete", iterations: wanted } : { kind: "between", iteration, stage };
  }
  if (open.state === "waiting") {
    const { waiting, approved, refused } = facts.candidates;
    return stage === "generation" && waiting + approved + refused > 0
      ? { kind: "approval", iteration, waiting, approved }
      : { kind: "gate", iteration, stage, note: open.note };
  }
  return { kind: "stopped", iteration, stage, note: open.note, died: open.state === "running", job: facts.job };
}

/** The stage that would run next, and of which iteration; null when nothing is left or one runs. */
export function nextOf(standing: Standing): { readonly iteration: number; readonly stage: StageName } | null {
  switch (standing.kind) {
    case "empty":
    case "running":
    case "complete":
      return null;
    case "new":
      return { iteration: 1, stage: "imitation" };
    case "approved":
      return { iteration: standing.iteration + 1, stage: "imitation" };
    case "approval":
      return { iteration: standing.iteration, stage: "generation" };
    default:
      return { iteration: standing.iteration, stage: standing.stage };
  }
}

/** Whether a run can go on in the middle of an iteration, so that it is worth offering. */
export function isLeftOff(standing: Standing): standing is LeftOff {
  return standing.kind === "stopped" || standing.kind === "between";
}

/** Whether the newest iteration has candidates and its approval is not finished. */
export function isApprovalOpen({ candidates, approvalFinished }: ProjectFacts): boolean {
  return !approvalFinished && candidates.waiting + candidates.approved + candidates.refused > 0;
}
