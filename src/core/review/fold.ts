import { isHard } from "../referee/verdict.ts";
import type { Half } from "../store/candidates.ts";
import type { Decision } from "../store/decisions.ts";

/** What a person put in place of a verdict: the half itself, or a gap whose half follows from τ. */
export type Override =
  | { readonly half: Half; readonly gap: null; readonly actor: string }
  | { readonly half: null; readonly gap: number; readonly actor: string };

/** What the decisions amount to: for each subject the latest one that is not undone counts. */
export interface EffectiveState {
  /** Candidates that were approved, with who did it; `unseen` where a policy or a sample stood for looking at it. */
  readonly approved: ReadonlyMap<number, { readonly actor: string; readonly unseen?: true }>;
  /** Candidates that were refused, with who did it and why. */
  readonly refused: ReadonlyMap<number, { readonly actor: string; readonly reason: string }>;
  /** Instructions that are left out of draws, training, exports and counts, with the reason. */
  readonly excluded: ReadonlyMap<number, string>;
  /** Verdicts that a person replaced, by `verdictSubject`. */
  readonly overrides: ReadonlyMap<string, Override>;
  /** Edited instructions with the ones that stand in their place. */
  readonly superseded: ReadonlyMap<number, number>;
  /** Instructions that an edit made which does not hold, or was made to one of these: they stand for nothing. */
  readonly withdrawn: ReadonlySet<number>;
  /** Instructions with the answer that a person wrote in place of the teacher's. */
  readonly corrected: ReadonlyMap<number, number>;
  /** Instructions with the teacher's answers that a person found wrong: they are not used any more. */
  readonly rejected: ReadonlyMap<number, ReadonlySet<number>>;
  /** Subjects on which a second opinion differs from the first: undecided until somebody decides who sees both. */
  readonly disputed: ReadonlySet<string>;
  /** Iterations whose approval is finished. */
  readonly finished: ReadonlySet<number>;
}

export function instructionSubject(id: number): string {
  return `instruction:${id}`;
}

export function verdictSubject(iteration: number, instructionId: number): string {
  return `verdict:${iteration}:${instructionId}`;
}

export function iterationSubject(number: number): string {
  return `iteration:${number}`;
}

/** The number at the end of a subject: an instruction's id or an iteration. */
export function subjectNumber(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf(":") + 1));
}

/**
 * Decisions that hold, oldest first: neither undone by a decision that itself holds (an undo of an undo restores), nor
 * mere suggestions, nor the undo rows themselves. Expects the decisions oldest first.
 */
export function holding(decisions: readonly Decision[]): Decision[] {
  const undone = new Set<number>();
  // An undo is always younger than what it takes back, so that one walk from the youngest decides everything.
  for (const { id, undoes } of decisions.toReversed()) {
    if (undoes !== null && !undone.has(id)) {
      undone.add(undoes);
    }
  }
  return decisions.filter(({ id, kind, context }) => kind !== "undo" && context !== "suggestion" && !undone.has(id));
}

/** The half that an override amounts to. */
export function halfOf({ half, gap }: Pick<Override, "half" | "gap">, tau: number): Half {
  return half ?? (isHard(gap ?? 0, tau) ? "hard" : "easy");
}

/**
 * What a decision says on its subject, so that two can be compared: two opinions agree when it is the same text. Null for
 * kinds on which nobody gives a second opinion.
 */
export function opinionOf({ kind, payload }: Pick<Decision, "kind" | "payload">): string | null {
  switch (kind) {
    case "approve":
    case "refuse":
      return kind;
    case "override":
    case "agree":
      // A score by hand leaves the half to τ, and says beside it which one that was when it was given.
      return String(payload.half ?? payload.opinion ?? "") || null;
    default:
      return null;
  }
}

/** Whether a decision only measures: a person was shown, blind, what they had decided before. */
export function isRepeat({ payload }: Pick<Decision, "payload">): boolean {
  return payload.again !== undefined;
}

/** Whether a decision was made without seeing another person's on the same subject. */
export function isSecondOpinion({ payload }: Pick<Decision, "payload">): boolean {
  return payload.second === true;
}

/**
 * Of the decisions that hold, those that count for the state, and the subjects in dispute. A repeat never counts. A
 * second opinion counts for nothing where it agrees; where it differs, neither it nor the first opinion counts until a
 * later decision that is no second opinion.
 */
function standing(held: readonly Decision[]): { counting: Decision[]; disputed: Set<string> } {
  const first = new Map<string, Decision>();
  const disputed = new Set<string>();
  const counting: Decision[] = [];
  for (const decision of held) {
    const opinion = opinionOf(decision);
    if (isRepeat(decision)) {
      continue;
    }
    const before = opinion === null ? undefined : first.get(decision.subject);
    if (before && isSecondOpinion(decision)) {
      if (before.actor !== decision.actor && opinion !== opinionOf(before)) {
        disputed.add(decision.subject);
      }
      continue;
    }
    if (opinion !== null) {
      first.set(decision.subject, decision);
      disputed.delete(decision.subject);
    }
    counting.push(decision);
  }
  return { counting, disputed };
}

/** Folds decisions (oldest first) into the state they amount to. Pure: the same rows give the same state. */
export function effectiveState(decisions: readonly Decision[]): EffectiveState {
  const approved = new Map<number, { actor: string; unseen?: true }>();
  const refused = new Map<number, { actor: string; reason: string }>();
  const excluded = new Map<number, string>();
  const overrides = new Map<string, Override>();
  const superseded = new Map<number, number>();
  const corrected = new Map<number, number>();
  const rejected = new Map<number, Set<number>>();
  const finished = new Set<number>();
  const { counting, disputed } = standing(holding(decisions));
  for (const { kind, subject, payload, actor } of counting) {
    const id = subjectNumber(subject);
    switch (kind) {
      case "approve":
        approved.set(id, { actor, ...(payload.policy !== undefined && { unseen: true }) });
        refused.delete(id);
        break;
      case "refuse":
        refused.set(id, { actor, reason: String(payload.reason ?? "") });
        approved.delete(id);
        break;
      case "exclude":
        excluded.set(id, String(payload.reason ?? ""));
        break;
      case "override":
        overrides.set(subject, overrideOf(payload, actor));
        break;
      case "agree":
        overrides.delete(subject);
        break;
      case "edit":
        superseded.set(id, Number(payload.replacement));
        break;
      case "correct":
        corrected.set(id, Number(payload.answerId));
        break;
      case "reject":
        rejected.set(id, new Set([...(rejected.get(id) ?? []), Number(payload.answerId)]));
        break;
      case "finish":
        finished.add(id);
        break;
    }
  }
  for (const subject of disputed) {
    overrides.delete(subject);
    if (subject === instructionSubject(subjectNumber(subject))) {
      approved.delete(subjectNumber(subject));
      refused.delete(subjectNumber(subject));
    }
  }
  const withdrawn = withdrawnBy(decisions, superseded);
  return { approved, refused, excluded, overrides, superseded, withdrawn, corrected, rejected, disputed, finished };
}

/** What edits made that do not hold, and what later edits made of that. */
function withdrawnBy(decisions: readonly Decision[], superseded: ReadonlyMap<number, number>): Set<number> {
  const withdrawn = new Set<number>();
  for (const { kind, subject, payload, context } of decisions) {
    const original = subjectNumber(subject);
    const replacement = Number(payload.replacement);
    // What was edited is older than what came of it, and was edited first: so its own fate is known by now.
    if (kind === "edit" && context !== "suggestion") {
      if (superseded.get(original) !== replacement || withdrawn.has(original)) {
        withdrawn.add(replacement);
      }
    }
  }
  return withdrawn;
}

function overrideOf({ half, gap }: Decision["payload"], actor: string): Override {
  return typeof gap === "number"
    ? { half: null, gap, actor }
    : { half: half === "hard" ? "hard" : "easy", gap: null, actor };
}

/** The instruction that stands in the place of one, after any number of edits. */
export function currentVersion(id: number, { superseded }: Pick<EffectiveState, "superseded">): number {
  let current = id;
  for (let next = superseded.get(id); next !== undefined; next = superseded.get(next)) {
    current = next;
  }
  return current;
}
