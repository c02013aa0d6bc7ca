import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

/**
 * approve, refuse: a candidate. override, agree: a verdict. exclude: an instruction. edit: another instruction stands in
 * its place. correct: an answer stands in the place of the teacher's. reject: a teacher's answer is wrong. finish: an
 * iteration's approval. undo: takes back another decision.
 */
export type DecisionKind =
  | "approve"
  | "refuse"
  | "override"
  | "agree"
  | "exclude"
  | "edit"
  | "correct"
  | "reject"
  | "finish"
  | "undo";

export interface NewDecision {
  /** Who decided: a person's name, or `lion` for a policy. */
  readonly actor: string;
  readonly kind: DecisionKind;
  /** What it is about: `instruction:12`, `verdict:2:17`, `iteration:3`. */
  readonly subject: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Decisions of one act share a group and are undone together. */
  readonly groupId: string;
  readonly undoes?: number | null;
  readonly context?: "normal" | "blind" | "suggestion";
  readonly milliseconds?: number | null;
}

export interface Decision extends Required<NewDecision> {
  readonly id: number;
  readonly createdAt: number;
}

const SELECT = `SELECT id, actor, kind, subject, payload, group_id AS groupId, undoes, context, milliseconds,
  created_at AS createdAt FROM decision`;

function toDecision(row: Decision & { payload: unknown }): Decision {
  return { ...row, payload: JSON.parse(String(row.payload)) };
}

/** The append-only log of what people decided. */
export class DecisionRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  add(decision: NewDecision, now: number): number {
    const result = this.#sql(
      `INSERT INTO decision (actor, kind, subject, payload, group_id, undoes, context, milliseconds, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      decision.actor,
      decision.kind,
      decision.subject,
      JSON.stringify(decision.payload),
      decision.groupId,
      decision.undoes ?? null,
      decision.context ?? "normal",
      decision.milliseconds ?? null,
      now,
    );
    return Number(result.lastInsertRowid);
  }

  /** Id of the newest decision; 0 when there is none. */
  highestId(): number {
    return this.#sql("SELECT coalesce(max(id), 0) FROM decision").pluck().get() as number;
  }

  /** All decisions up to an id, oldest first. */
  upTo(id: number = Number.MAX_SAFE_INTEGER): Decision[] {
    return (this.#sql(`${SELECT} WHERE id <= ? ORDER BY id`).all(id) as Decision[]).map(toDecision);
  }

  get(id: number): Decision | null {
    const row = this.#sql(`${SELECT} WHERE id = ?`).get(id) as Decision | undefined;
    return row ? toDecision(row) : null;
  }

  /** The decisions of some ids, oldest first. */
  getMany(ids: readonly number[]): Decision[] {
    const rows = this.#sql(`${SELECT} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`).all(
      JSON.stringify(ids),
    );
    return (rows as Decision[]).map(toDecision);
  }

  /** The decisions behind an id, oldest first. */
  since(id: number): Decision[] {
    return (this.#sql(`${SELECT} WHERE id > ? ORDER BY id`).all(id) as Decision[]).map(toDecision);
  }

  /** The decisions of one act, oldest first. */
  ofGroup(groupId: string): Decision[] {
    return (this.#sql(`${SELECT} WHERE group_id = ? ORDER BY id`).all(groupId) as Decision[]).map(toDecision);
  }

  /** The oldest decision of one act. */
  firstOf(groupId: string): Decision | null {
    const row = this.#sql(`${SELECT} WHERE group_id = ? ORDER BY id LIMIT 1`).get(groupId) as Decision | undefined;
    return row ? toDecision(row) : null;
  }

  /** The decisions of one act that are not taken back, oldest first. */
  standingOf(groupId: string): Decision[] {
    const tried = this.#sql(
      "SELECT d.id FROM decision d WHERE group_id = ? AND EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.id)",
    )
      .pluck()
      .all(groupId) as number[];
    const undone = new Set(tried.filter((id) => this.isUndone(id)));
    return this.ofGroup(groupId).filter(({ id }) => !undone.has(id));
  }

  /** All decisions about one subject with those that undo them, oldest first. */
  about(subject: string): Decision[] {
    return (this.#sql(`${SELECT} WHERE subject = ? ORDER BY id`).all(subject) as Decision[]).map(toDecision);
  }

  /** All decisions about some subjects with those that undo them, oldest first, read at once. */
  aboutAny(subjects: readonly string[]): Decision[] {
    const rows = this.#sql(
      `${SELECT} WHERE id IN (SELECT d.id FROM json_each(?) wanted
         CROSS JOIN decision d INDEXED BY decision_by_subject ON d.subject = wanted.value) ORDER BY id`,
    ).all(JSON.stringify(subjects));
    return (rows as Decision[]).map(toDecision);
  }

  /** A person's newest decision before an id, suggestions left out; null when there is none. */
  newestOf(actor: string, before: number = Number.MAX_SAFE_INTEGER): Decision | null {
    const row = this.#sql(
      `${SELECT} INDEXED BY decision_by_actor WHERE actor = ? AND id < ? AND context <> 'suggestion'
       ORDER BY id DESC LIMIT 1`,
    ).get(actor, before) as Decision | undefined;
    return row ? toDecision(row) : null;
  }

  /** Whether a decision is taken back by one that is not itself taken back. */
  isUndone(id: number): boolean {
    const undos = this.#sql("SELECT id FROM decision WHERE undoes = ?").pluck().all(id) as number[];
    return undos.some((undo) => !this.isUndone(undo));
  }
}
