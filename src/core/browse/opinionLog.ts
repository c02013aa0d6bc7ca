import { isRepeat, isSecondOpinion, opinionOf } from "../review/fold.ts";
import type { Connection } from "../store/database.ts";
import type { Decision, DecisionKind } from "../store/decisions.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";
import { type ItemOpinions, type Opinion, opinionsOf } from "./opinions.ts";

/** A decision as the log keeps it; one object each, so that undoing changes one field. */
interface Entry extends Opinion {
  readonly undoes: number | null;
  readonly undoers: Entry[];
  readonly item: Item | null;
  isHeld: boolean;
}

/** What was decided about one subject, oldest first, and what it amounts to: null until it is asked for. */
interface Item {
  readonly entries: Entry[];
  amounts: ItemOpinions | null;
}

interface Row extends Pick<Decision, "id" | "actor" | "kind" | "subject" | "groupId" | "context" | "undoes"> {
  readonly payload: string;
}

const NEWER = `SELECT id, actor, kind, subject, group_id AS groupId, context, undoes, payload FROM decision
  WHERE id > ? ORDER BY id`;

const OPINIONS: readonly DecisionKind[] = ["approve", "refuse", "override", "agree"];

/** Nothing has been decided about an item. */
const NOTHING = opinionsOf([]);

/**
 * The decisions about candidates and verdicts in memory, as queues look at them: who holds which opinion on what. It reads
 * what was decided since the last time and nothing else, so that asking it costs microseconds a subject at any length of the
 * log. The fold (`effectiveState`) says the same. Not meant for use inside a write that may be rolled back.
 */
export class OpinionLog {
  readonly #sql: SqlCache;
  readonly #entries = new Map<number, Entry>();
  readonly #instructions = new Map<number, Item>();
  readonly #verdicts = new Map<number, Map<number, Item>>();
  /** What was edited, by what an edit made of it. */
  readonly #originals = new Map<number, number>();
  /** By person, how many acts with an opinion there were. */
  readonly #acts = new Map<string, { count: number; group: string }>();
  #highest = 0;

  constructor(connection: Connection) {
    this.#sql = sqlCache(connection);
  }

  /** Takes over what was decided since the last time. */
  refresh(): void {
    const rows = this.#sql(NEWER).all(this.#highest) as Row[];
    const sizes = new Map<string, number>();
    for (const { groupId, kind } of rows) {
      if (OPINIONS.includes(kind)) {
        sizes.set(groupId, (sizes.get(groupId) ?? 0) + 1);
      }
    }
    for (const row of rows) {
      // An act is stored in one transaction, so that all of it is here.
      this.#add(row, (sizes.get(row.groupId) ?? 0) > 1);
    }
  }

  /** What was decided about an instruction as a candidate. */
  ofCandidate(id: number): ItemOpinions {
    return amountsOf(this.#instructions.get(id));
  }

  /** What was decided about a verdict. */
  ofVerdict(iteration: number, instructionId: number): ItemOpinions {
    return amountsOf(this.#verdicts.get(iteration)?.get(instructionId));
  }

  /** Whether an instruction is excluded, stands for nothing because of an edit, or was made by an edit that does not hold. */
  isLeftOut(id: number): boolean {
    const { isExcluded, replacement } = this.ofCandidate(id);
    return isExcluded || replacement !== null || this.#isWithdrawn(id);
  }

  /** How many acts with an opinion a person has done, undone ones among them. */
  actsOf(actor: string): number {
    return this.#acts.get(actor)?.count ?? 0;
  }

  #isWithdrawn(id: number): boolean {
    const original = this.#originals.get(id);
    return original !== undefined && (this.ofCandidate(original).replacement !== id || this.#isWithdrawn(original));
  }

  #add(row: Row, isBulk: boolean): void {
    const { id, actor, kind, undoes, context } = row;
    const counts = kind !== "undo" && context !== "suggestion";
    const payload = row.payload === "{}" ? {} : (JSON.parse(row.payload) as Decision["payload"]);
    const item = counts ? this.#itemOf(row.subject) : null;
    const entry: Entry = {
      ...{ id, actor, kind, undoes, isBulk, item, undoers: [], isHeld: true },
      says: opinionOf({ kind, payload }),
      isSecond: isSecondOpinion({ payload }),
      again: isRepeat({ payload }) ? Number(payload.again) : null,
      replacement: kind === "edit" ? Number(payload.replacement) : null,
      act: counts && OPINIONS.includes(kind) ? this.#countAct(row) : 0,
    };
    this.#entries.set(id, entry);
    this.#highest = id;
    if (item) {
      item.entries.push(entry);
      item.amounts = null;
    }
    if (counts && entry.replacement !== null) {
      this.#originals.set(entry.replacement, numberAt(row.subject, row.subject.lastIndexOf(":") + 1));
    }
    const undone = undoes === null ? undefined : this.#entries.get(undoes);
    undone?.undoers.push(entry);
    this.#hold(undone, false);
  }

  #countAct({ actor, groupId }: Row): number {
    const acts = this.#acts.get(actor) ?? { count: 0, group: "" };
    this.#acts.set(actor, acts);
    acts.count += acts.group === groupId ? 0 : 1;
    acts.group = groupId;
    return acts.count;
  }

  /** Takes a decision back or restores it, and with an undo what that had taken back. */
  #hold(entry: Entry | undefined, isHeld: boolean): void {
    if (!entry || entry.isHeld === isHeld) {
      return;
    }
    entry.isHeld = isHeld;
    if (entry.item) {
      entry.item.amounts = null;
    }
    const undone = entry.undoes === null ? undefined : this.#entries.get(entry.undoes);
    this.#hold(undone, !undone?.undoers.some((undoer) => undoer.isHeld));
  }

  /** Null for what is neither an instruction nor a verdict. */
  #itemOf(subject: string): Item | null {
    const last = subject.lastIndexOf(":") + 1;
    if (subject.startsWith("instruction:")) {
      return itemIn(this.#instructions, numberAt(subject, last));
    }
    if (!subject.startsWith("verdict:")) {
      return null;
    }
    const iteration = Number.parseInt(subject.slice("verdict:".length), 10);
    const items = this.#verdicts.get(iteration) ?? new Map<number, Item>();
    this.#verdicts.set(iteration, items);
    return itemIn(items, numberAt(subject, last));
  }
}

function numberAt(subject: string, at: number): number {
  return Number(subject.slice(at));
}

function itemIn(items: Map<number, Item>, id: number): Item {
  const item = items.get(id) ?? { entries: [], amounts: null };
  items.set(id, item);
  return item;
}

function amountsOf(item: Item | undefined): ItemOpinions {
  if (!item) {
    return NOTHING;
  }
  item.amounts ??= opinionsOf(item.entries.filter(({ isHeld }) => isHeld));
  return item.amounts;
}
