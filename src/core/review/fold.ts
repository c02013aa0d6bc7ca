import type { Decision } from "../store/decisions.ts";

/** What holds now, after all decisions that were not taken back. */
export interface EffectiveState {
  /** Candidates that were approved, by instruction id. */
  readonly approved: ReadonlySet<number>;
  /** Candidates that were refused, with the reason. */
  readonly refused: ReadonlyMap<number, string>;
  /** Instructions that leave draws, training, exports and counts. */
  readonly excluded: ReadonlySet<number>;
  /** Verdicts that a person has changed: the half that an instruction is a seed of. */
  readonly overrides: ReadonlyMap<number, "hard" | "easy">;
  /** Iterations whose approval is finished. */
  readonly finished: ReadonlySet<number>;
}

/** The subject of a decision about an instruction. */
export function instructionSubject(id: number): string {
  return `instruction:${id}`;
}

/** The subject of a decision about an iteration. */
export function iterationSubject(number: number): string {
  return `iteration:${number}`;
}

/**
 * Decisions that hold: all but those that were undone by a decision that itself holds (undoing an undo restores).
 * Suggestions never hold.
 */
export function holding(decisions: readonly Decision[]): Decision[] {
  const undone = new Set<number>();
  // From the newest back: whether an undo holds depends on later decisions alone.
  for (const decision of [...decisions].reverse()) {
    if (decision.kind === "undo" && decision.undoes !== null && !undone.has(decision.id)) {
      undone.add(decision.undoes);
    }
  }
  return decisions.filter(({ id, kind, context }) => !undone.has(id) && kind !== "undo" && context !== "suggestion");
}

/** Folds the decision log, oldest first; the latest decision about a subject counts. */
export function effectiveState(decisions: readonly Decision[]): EffectiveState {
  const approved = new Set<number>();
  const refused = new Map<number, string>();
  const excluded = new Set<number>();
  const overrides = new Map<number, "hard" | "easy">();
  const finished = new Set<number>();
  for (const decision of holding(decisions)) {
    const id = Number(decision.subject.slice(decision.subject.indexOf(":") + 1));
    switch (decision.kind) {
      case "approve":
        refused.delete(id);
        approved.add(id);
        break;
      case "refuse":
        approved.delete(id);
        refused.set(id, String(decision.payload.reason ?? ""));
        break;
      case "exclude":
        excluded.add(id);
        break;
      case "override":
        overrides.set(id, decision.payload.half === "hard" ? "hard" : "easy");
        break;
      case "finish":
        finished.add(id);
        break;
    }
  }
  return { approved, refused, excluded, overrides, finished };
}
