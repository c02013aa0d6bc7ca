import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export type PoolName = "train" | "cache";

/** Membership of the Train and Cache pools, and the panel. */
export class PoolRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /** Adds members behind those already there. An instruction that is a member already is left where it is. */
  add(pool: PoolName, iteration: number, instructionIds: readonly number[]): void {
    const insert = this.#sql(
      "INSERT OR IGNORE INTO pool_member (pool, iteration, position, instruction_id) VALUES (?, ?, ?, ?)",
    );
    let position = this.#nextPosition(pool, iteration);
    for (const id of instructionIds) {
      if (insert.run(pool, iteration, position, id).changes === 1) {
        position++;
      }
    }
  }

  /** Ids of the Train pool of an iteration, in order. */
  train(iteration: number): number[] {
    return this.#ids(
      "SELECT instruction_id AS id FROM pool_member WHERE pool = 'train' AND iteration = ? ORDER BY position",
      iteration,
    );
  }

  /** Ids of the Cache pool as it stands in an iteration (members of all iterations up to it), oldest first. */
  cache(iteration: number): number[] {
    return this.#ids(
      "SELECT instruction_id AS id FROM pool_member WHERE pool = 'cache' AND iteration <= ? ORDER BY iteration, position",
      iteration,
    );
  }

  /** Whether nothing was ever a member of a pool. */
  isEmpty(): boolean {
    return this.#sql("SELECT 1 FROM pool_member LIMIT 1").get() === undefined;
  }

  isInCache(instructionId: number): boolean {
    return (
      this.#sql("SELECT 1 FROM pool_member WHERE pool = 'cache' AND instruction_id = ?").get(instructionId) !==
      undefined
    );
  }

  /** Which of some instructions are in the Cache. */
  cached(ids: readonly number[]): Set<number> {
    return new Set(
      this.#ids(
        `SELECT m.instruction_id AS id FROM json_each(?) wanted
           CROSS JOIN pool_member m ON m.pool = 'cache' AND m.instruction_id = wanted.value`,
        JSON.stringify(ids),
      ),
    );
  }

  /** Whether an instruction belongs to the Train pool of any iteration. */
  wasTrained(instructionId: number): boolean {
    return (
      this.#sql("SELECT 1 FROM pool_member WHERE pool = 'train' AND instruction_id = ? LIMIT 1").get(instructionId) !==
      undefined
    );
  }

  /** Instructions that belong to the Train pool of any iteration. */
  everTrained(): Set<number> {
    return new Set(this.#ids("SELECT DISTINCT instruction_id AS id FROM pool_member WHERE pool = 'train'"));
  }

  panel(): number[] {
    return this.#ids("SELECT instruction_id AS id FROM panel ORDER BY position");
  }

  setPanel(instructionIds: readonly number[]): void {
    const insert = this.#sql("INSERT INTO panel (position, instruction_id) VALUES (?, ?)");
    instructionIds.forEach((id, position) => {
      insert.run(position, id);
    });
  }

  #nextPosition(pool: PoolName, iteration: number): number {
    const row = this.#sql(
      "SELECT coalesce(max(position) + 1, 0) AS next FROM pool_member WHERE pool = ? AND iteration = ?",
    ).get(pool, iteration) as { next: number };
    return row.next;
  }

  #ids(sql: string, ...parameters: unknown[]): number[] {
    return this.#sql(sql)
      .pluck()
      .all(...parameters) as number[];
  }
}
