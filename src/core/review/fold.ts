import type { Half } from "../store/candidates.ts";
import type { Decision } from "../store/decisions.ts";

/** What the decisions amount to: for each subject the latest one that is not undone counts. */
export interface EffectiveState {
  /** Candidates that were approved, with who did it. */
  readonly approved: ReadonlyMap<number, { readonly actor: string }>;
  /** Candidates that were refused, with who did it and why. */
  readonly refused: ReadonlyMap<number, { readonly actor: string; readonly reason: string }>;
  /** Instructions that are left out of draws, training, exports and counts, with the reason. */
  readonly excluded: ReadonlyMap<number, string>;
  /** Verdicts that a person replaced, by `verdictSubject`: the half that the instruction is a seed of. */
  readonly overrides: ReadonlyMap<string, Half>;
  /** Edited instructions with the ones that stand in their place. */
  readonly superseded: ReadonlyMap<number, number>;
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

/** Folds decisions (oldest first) into the state they amount to. Pure: the same rows give the same state. */
export function effectiveState(decisions: readonly Decision[]): EffectiveState {
  const approved = new Map<number, { actor: string }>();
  const refused = new Map<number, { actor: string; reason: string }>();
  const excluded = new Map<number, string>();
  const overrides = new Map<string, Half>();
  const superseded = new Map<number, number>();
  const finished = new Set<number>();
  for (const { kind, subject, payload, actor } of holding(decisions)) {
    const id = subjectNumber(subject);
    switch (kind) {
      case "approve":
        approved.set(id, { actor });
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
        overrides.set(subject, payload.half === "hard" ? "hard" : "easy");
        break;
      case "edit":
        superseded.set(id, Number(payload.replacement));
        break;
      case "finish":
        finished.add(id);
        break;
    }
  }
  return { approved, refused, excluded, overrides, superseded, finished };
}

/** The instruction that stands in the place of one, after any number of edits. */
export function currentVersion(id: number, { superseded }: Pick<EffectiveState, "superseded">): number {
  let current = id;
  for (let next = superseded.get(id); next !== undefined; next = superseded.get(next)) {
    current = next;
  }
  return current;
}
