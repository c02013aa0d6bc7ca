import { effectiveState, subjectNumber } from "../review/fold.ts";
import type { Connection } from "../store/database.ts";
import { DecisionRepository } from "../store/decisions.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";
import { DecidedFill, RESULTS, TABLES } from "./decidedFill.ts";
import { UndoneTable } from "./undoneTable.ts";

/**
 * Keeps the temporary tables of a connection equal to the decision log. Works on a connection that only reads as well.
 * After the first time, only subjects that something new was decided about are looked at again.
 */
export class DecidedTables {
  readonly #connection: Connection;
  readonly #sql: SqlCache;
  readonly #undone: UndoneTable;
  readonly #fill: DecidedFill;
  readonly #decisions: DecisionRepository;
  #highest = -1;
  #revision = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.pragma("temp_store = MEMORY");
    connection.exec(TABLES);
    this.#sql = sqlCache(connection);
    this.#undone = new UndoneTable(connection);
    this.#fill = new DecidedFill(this.#sql);
    this.#decisions = new DecisionRepository(connection);
  }

  /** The highest decision id that the tables know. */
  get highest(): number {
    return this.#highest;
  }

  /** Grows when something was left out or overridden, or is so no more: then counts of pools are out of date. */
  get revision(): number {
    return this.#revision;
  }

  /** Has the tables filled anew the next time. */
  forget(): void {
    this.#highest = -1;
  }

  /** Takes over what was decided since the last time. */
  refresh(): void {
    const highest = this.#sql("SELECT coalesce(max(id), 0) FROM main.decision").pluck().get() as number;
    if (highest === this.#highest) {
      return;
    }
    const first = this.#highest < 0;
    const known = this.#highest;
    this.#connection.transaction(() => {
      if (first) {
        this.#clear();
        this.#undone.fill();
      } else {
        this.#markTouched(known, this.#undone.takeOver(known));
        this.#fill.forgetTouched();
      }
      this.#fill.run(!first, known);
      this.#foldOpinions(!first);
    })();
    if (first || this.#touchesPools()) {
      this.#revision++;
    }
    this.#highest = highest;
  }

  #clear(): void {
    for (const table of ["undone", ...RESULTS]) {
      this.#sql(`DELETE FROM temp.${table}`).run();
    }
  }

  #markTouched(known: number, changed: readonly number[]): void {
    this.#sql("DELETE FROM temp.touched").run();
    this.#sql("INSERT OR IGNORE INTO temp.touched SELECT subject FROM main.decision WHERE id > ?").run(known);
    for (const id of changed) {
      this.#sql("INSERT OR IGNORE INTO temp.touched SELECT subject FROM main.decision WHERE id = ?").run(id);
    }
  }

  /** Second opinions are few, and what comes of them depends on what was before: the fold itself decides about those. */
  #foldOpinions(touchedOnly: boolean): void {
    const subjects = this.#sql(
      `SELECT subject FROM temp.opined ${touchedOnly ? "WHERE subject IN (SELECT subject FROM temp.touched)" : ""}`,
    )
      .pluck()
      .all() as string[];
    if (subjects.length === 0) {
      return;
    }
    const { approved, refused, overrides, disputed } = effectiveState(this.#decisions.aboutAny(subjects));
    for (const subject of subjects) {
      const id = subjectNumber(subject);
      if (subject.startsWith("instruction:")) {
        const state = disputed.has(subject)
          ? "disputed"
          : approved.has(id)
            ? "approved"
            : refused.has(id)
              ? "refused"
              : null;
        this.#fill.setDecided(id, state, refused.get(id)?.reason ?? null);
      } else {
        this.#fill.setOverride(subject, overrides.get(subject) ?? null);
      }
    }
  }

  #touchesPools(): boolean {
    return (
      this.#sql(
        `SELECT 1 FROM main.decision WHERE subject IN (SELECT subject FROM temp.touched)
           AND kind IN ('exclude', 'edit', 'override') LIMIT 1`,
      ).get() !== undefined
    );
  }
}
