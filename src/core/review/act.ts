import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Decision, NewDecision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";

/** How an act came about; every part of it is optional. */
export interface ActOptions {
  /** Time on the item; null when it is not known. */
  readonly milliseconds?: number | null;
  /** Names, scores and earlier decisions were hidden. */
  readonly blind?: boolean;
  /** A second opinion: made without seeing the first. */
  readonly second?: boolean;
  /** This person's own decision on the same subject that this one repeats, to measure; by its id. */
  readonly again?: number;
  /** The suggestion that this act follows; by its decision's id. */
  readonly confirms?: number;
  readonly note?: string;
}

/** What was stored: the decisions of one act, which one undo takes back. */
export interface Act {
  readonly groupId: string;
  readonly decisions: readonly Decision[];
}

/** A decision before it is known who makes it, when and with what else. */
export type ActRow = Omit<NewDecision, "actor" | "groupId">;

/** Where acts are stored, and in whose name. */
export interface ActContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly actor: string;
}

/**
 * Stores decisions that belong together, all or none. The group is named after the first of them, which makes equal runs
 * give equal rows. The time on the item stands at the first decision: the others took none of their own.
 *
 * @throws LionError of kind `input` when `again` or `confirms` names a decision that is not what it should be.
 */
export function addAct({ store, clock, actor }: ActContext, rows: readonly ActRow[], options: ActOptions = {}): Act {
  return store.write(() => {
    requireNamed(store, actor, rows, options);
    const groupId = `group-${store.decisions.highestId() + 1}`;
    const now = clock.now();
    const decisions = rows.map((row, index) => {
      const decision = {
        context: options.blind ? ("blind" as const) : ("normal" as const),
        ...{ undoes: null, ...row, actor, groupId },
        payload: { ...row.payload, ...payloadOf(options) },
        milliseconds: index === 0 ? roundedTime(options.milliseconds) : null,
      };
      return { ...decision, id: store.decisions.add(decision, now), createdAt: now };
    });
    return { groupId, decisions };
  });
}

function payloadOf({ second, again, confirms, note }: ActOptions): Record<string, unknown> {
  return {
    ...(second && { second }),
    ...(again !== undefined && { again }),
    ...(confirms !== undefined && { confirms }),
    ...(note !== undefined && note.trim() !== "" && { note: note.toWellFormed() }),
  };
}

function roundedTime(milliseconds: number | null | undefined): number | null {
  return milliseconds === null || milliseconds === undefined ? null : Math.max(0, Math.round(milliseconds));
}

function requireNamed(store: Store, actor: string, rows: readonly ActRow[], { again, confirms }: ActOptions): void {
  const isAbout = (id: number, fits: (decision: Decision) => boolean): boolean => {
    const decision = store.decisions.get(id);
    return decision !== null && fits(decision) && rows.every(({ subject }) => subject === decision.subject);
  };
  if (again !== undefined && !isAbout(again, (one) => one.actor === actor && one.context !== "suggestion")) {
    throw new LionError("input", `Decision ${again} is none of yours on this item: it cannot be repeated.`);
  }
  if (confirms !== undefined && !isAbout(confirms, ({ context }) => context === "suggestion")) {
    throw new LionError("input", `Decision ${confirms} is no suggestion on this item: decide without it.`);
  }
}

/** @throws LionError of kind `input` when there is no reason in it. */
export function requireReason(reason: string): void {
  if (reason.trim() === "") {
    throw new LionError("input", "A reason is needed: say why in a word or a sentence.");
  }
}
