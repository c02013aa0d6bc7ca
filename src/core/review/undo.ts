import { LionError } from "../errors.ts";
import type { Decision, DecisionKind } from "../store/decisions.ts";
import { type ActContext, type ActRow, addAct } from "./act.ts";
import { decidedAbout } from "./decided.ts";
import { instructionSubject, subjectNumber } from "./fold.ts";

/** What an undo or a redo came to; a count of 0 says that there was nothing left. */
export interface Undone {
  /** Decisions that were taken back, or made again. */
  readonly count: number;
  readonly subjects: readonly string[];
  readonly kinds: readonly DecisionKind[];
  /** Of what was taken back, instructions that were trained on already, with the iterations whose checkpoints contain them. */
  readonly trained: readonly TrainedOn[];
}

export interface TrainedOn {
  readonly instructionId: number;
  /** The checkpoint's iteration. */
  readonly checkpoint: number;
}

const NOTHING: Undone = { count: 0, subjects: [], kinds: [], trained: [] };

/**
 * Undo and redo of one person's own acts, without limit, from the log alone. Acts are stored whole, so that a group's
 * decisions are neighbours in the log.
 */
export class Undoing {
  readonly #context: ActContext;

  constructor(options: ActContext) {
    this.#context = options;
  }

  /**
   * Takes back this person's last act that is still in force, whole; again for the one before. Approvals and edits whose
   * instructions are in the pools already are made good for by excluding these, since a pool never shrinks.
   *
   * @throws LionError of kind `input` when it is a finished approval that an iteration has begun with.
   */
  undo(): Undone {
    const { store } = this.#context;
    return store.write(() => {
      const act = this.#lastAct();
      if (act.length === 0) {
        return NOTHING;
      }
      this.#refuseFinished(act);
      const undone = { ...summary(act), trained: this.#trained(act) };
      addAct(this.#context, [...act.map(undoing), ...this.#compensations(act)]);
      return undone;
    });
  }

  /** Makes again what this person's last undo took back, unless they have decided something since. */
  redo(): Undone {
    const { store } = this.#context;
    return store.write(() => {
      const undo = this.#lastUndo();
      if (undo.length === 0) {
        return NOTHING;
      }
      addAct(this.#context, undo.map(undoing));
      return { ...summary(this.#targets(undo)), trained: [] };
    });
  }

  /** The decisions that the next undo and the next redo would be about; none where there is nothing left. */
  next(): { readonly undo: readonly Decision[]; readonly redo: readonly Decision[] } {
    return { undo: this.#lastAct(), redo: this.#targets(this.#lastUndo()) };
  }

  /** What is in force of this person's last act of which something is; what an undo made good for is none. */
  #lastAct(): Decision[] {
    for (const { groupId, isUndo } of this.#groups()) {
      const held = isUndo ? [] : this.#inForce(groupId);
      if (held.length > 0) {
        return held;
      }
    }
    return [];
  }

  /** What is in force of this person's last undo, with its exclusions, if no act came after it. */
  #lastUndo(): Decision[] {
    for (const { groupId, isUndo, isRedo } of this.#groups()) {
      if (!isUndo) {
        return [];
      }
      const held = isRedo ? [] : this.#inForce(groupId);
      if (held.length > 0) {
        return held;
      }
    }
    return [];
  }

  /**
   * This person's groups, newest first. An undo takes back what is newest, so that between it and its act nothing else
   * is in force, nor between a redo and its undo: one step leads over all that was taken back.
   */
  *#groups(): Generator<{ readonly groupId: string; readonly isUndo: boolean; readonly isRedo: boolean }> {
    const { decisions } = this.#context.store;
    let newest = decisions.newestOf(this.#context.actor);
    while (newest) {
      const { groupId } = newest;
      const first = decisions.firstOf(groupId);
      // The undos of a group stand before what is excluded to make good for them.
      const target = first?.undoes ? decisions.get(first.undoes) : null;
      yield { groupId, isUndo: target !== null, isRedo: target?.kind === "undo" };
      const held = first && target && !decisions.isUndone(first.id);
      const begin = held ? decisions.firstOf(target.groupId) : first;
      newest = decisions.newestOf(this.#context.actor, Math.min(newest.id, begin?.id ?? newest.id));
    }
  }

  #targets(undo: readonly Decision[]): Decision[] {
    return this.#context.store.decisions.getMany(undo.flatMap(({ undoes }) => undoes ?? []));
  }

  #inForce(groupId: string): Decision[] {
    return this.#context.store.decisions
      .standingOf(groupId)
      .filter(({ actor, context }) => actor === this.#context.actor && context !== "suggestion");
  }

  /** Exclusions for what is in the pools and will not be wanted there any more. */
  #compensations(act: readonly Decision[]): ActRow[] {
    const { store } = this.#context;
    const left = act.flatMap(({ kind, subject, payload }) =>
      kind === "approve" ? [subjectNumber(subject)] : kind === "edit" ? [Number(payload.replacement)] : [],
    );
    const cached = store.pools.cached(left);
    const { excluded } = decidedAbout(store, [...cached]);
    const reason = act[0]?.kind === "edit" ? "edit undone" : "approval undone";
    return [...cached]
      .filter((id) => !excluded.has(id))
      .map((id) => ({ kind: "exclude", subject: instructionSubject(id), payload: { reason } }));
  }

  #refuseFinished(act: readonly Decision[]): void {
    const latest = this.#context.store.iterations.latest()?.number ?? 0;
    const finish = act.find(({ kind, subject }) => kind === "finish" && latest > subjectNumber(subject));
    if (finish) {
      const number = subjectNumber(finish.subject);
      throw new LionError(
        "input",
        `Iteration ${number + 1} has begun with what was approved, so finishing iteration ${number} cannot be undone: exclude what should not be used.`,
      );
    }
  }

  /** Checkpoints that were made of what an act decided about, by decisions that their imitation knew. */
  #trained(act: readonly Decision[]): TrainedOn[] {
    const { training } = this.#context.store;
    const ids = act.flatMap(({ kind, subject, payload }) =>
      kind === "edit"
        ? [Number(payload.replacement)]
        : kind === "approve" || kind === "correct" || kind === "reject"
          ? [subjectNumber(subject)]
          : [],
    );
    return training.checkpointsWith(ids, act[0]?.id ?? 0);
  }
}

function summary(decisions: readonly Decision[]): Omit<Undone, "trained"> {
  return {
    count: decisions.length,
    subjects: [...new Set(decisions.map(({ subject }) => subject))],
    kinds: [...new Set(decisions.map(({ kind }) => kind))],
  };
}

function undoing({ id, subject }: Decision): ActRow {
  return { kind: "undo", subject, payload: {}, undoes: id };
}
