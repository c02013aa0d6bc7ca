import type { Connection } from "../store/database.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";

/** The ids of decisions that are taken back by one that is not itself taken back, as the table `temp.undone`. */
export class UndoneTable {
  readonly #sql: SqlCache;

  constructor(connection: Connection) {
    connection.exec("CREATE TEMP TABLE IF NOT EXISTS undone (id INTEGER PRIMARY KEY)");
    this.#sql = sqlCache(connection);
  }

  /** Fills the empty table from the whole log. */
  fill(): void {
    const undone = new Set<number>();
    // An undo is always younger than what it takes back, so that one walk from the youngest decides everything.
    for (const { id, undoes } of this.#undosBehind(0).reverse()) {
      if (!undone.has(id)) {
        undone.add(undoes);
      }
    }
    for (const id of undone) {
      this.#set(id, true);
    }
  }

  /** Takes over the undos behind an id. Returns the decisions that are undone since then, or are so no more. */
  takeOver(known: number): number[] {
    const changed: number[] = [];
    for (const { undoes } of this.#undosBehind(known)) {
      // What an undo takes back may be an undo, which then no longer takes back what it did.
      for (let id: number | null = undoes; id !== null && this.#settle(id); id = this.#undoneBy(id)) {
        changed.push(id);
      }
    }
    return changed;
  }

  /** Looks again whether a decision is undone. Returns whether that is something new. */
  #settle(id: number): boolean {
    const before = this.#sql("SELECT 1 FROM temp.undone WHERE id = ?").get(id) !== undefined;
    const now =
      this.#sql("SELECT 1 FROM main.decision WHERE undoes = ? AND id NOT IN (SELECT id FROM temp.undone) LIMIT 1").get(
        id,
      ) !== undefined;
    if (now !== before) {
      this.#set(id, now);
    }
    return now !== before;
  }

  #set(id: number, undone: boolean): void {
    this.#sql(undone ? "INSERT INTO temp.undone VALUES (?)" : "DELETE FROM temp.undone WHERE id = ?").run(id);
  }

  /** What a decision takes back. */
  #undoneBy(id: number): number | null {
    return this.#sql("SELECT undoes FROM main.decision WHERE id = ?").pluck().get(id) as number | null;
  }

  #undosBehind(known: number): Array<{ readonly id: number; readonly undoes: number }> {
    return this.#sql(
      `SELECT id, undoes FROM main.decision ${known === 0 ? "INDEXED BY decision_undoing" : ""}
       WHERE id > ? AND undoes IS NOT NULL ORDER BY id`,
    ).all(known) as Array<{ id: number; undoes: number }>;
  }
}
