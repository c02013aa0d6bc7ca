import type { Connection } from "../store/database.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";

/** The decisions in force as tables that queries can join; `effectiveState` says the same in memory. */
const TABLES = `
  CREATE TEMP TABLE IF NOT EXISTS undone (id INTEGER PRIMARY KEY);
  CREATE TEMP TABLE IF NOT EXISTS touched (subject TEXT PRIMARY KEY) WITHOUT ROWID;
  -- Candidates that a person or a policy has decided about.
  CREATE TEMP TABLE IF NOT EXISTS decided (id INTEGER PRIMARY KEY, state TEXT NOT NULL, reason TEXT);
  CREATE TEMP TABLE IF NOT EXISTS excluded (id INTEGER PRIMARY KEY, reason TEXT);
  CREATE TEMP TABLE IF NOT EXISTS superseded (id INTEGER PRIMARY KEY, replacement INTEGER NOT NULL);
  -- What counts and pages leave out: excluded or superseded.
  CREATE TEMP TABLE IF NOT EXISTS left_out (id INTEGER PRIMARY KEY);
  CREATE TEMP TABLE IF NOT EXISTS override (iteration INTEGER, id INTEGER, half TEXT NOT NULL, PRIMARY KEY (iteration, id))
    WITHOUT ROWID;
  CREATE TEMP TABLE IF NOT EXISTS finished (iteration INTEGER PRIMARY KEY);
`;

const RESULTS = ["decided", "excluded", "superseded", "left_out", "override", "finished"];

/** The number behind the last colon of a subject, which is an instruction or an iteration. */
const NUMBER = "CAST(substr(subject, instr(subject, ':') + 1) AS INTEGER)";
/** The two numbers of `verdict:<iteration>:<instruction>`. */
const VERDICT_ITERATION = "CAST(substr(subject, 9) AS INTEGER)";
const VERDICT_INSTRUCTION = "CAST(substr(subject, 9 + instr(substr(subject, 9), ':')) AS INTEGER)";

/** Decisions that hold, oldest first, so that of several about one subject the last one replaces the others. */
function held(kinds: string, touchedOnly: boolean): string {
  return `FROM main.decision WHERE kind IN (${kinds}) AND context <> 'suggestion'
    AND id NOT IN (SELECT id FROM temp.undone)
    ${touchedOnly ? "AND subject IN (SELECT subject FROM temp.touched)" : ""} ORDER BY id`;
}

/**
 * Keeps the temporary tables of a connection equal to the decision log. Works on a connection that only reads as well.
 * After the first time, only subjects that something new was decided about are looked at again.
 */
export class DecidedTables {
  readonly #connection: Connection;
  readonly #sql: SqlCache;
  #highest = -1;
  #revision = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.pragma("temp_store = MEMORY");
    connection.exec(TABLES);
    this.#sql = sqlCache(connection);
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
      }
      const changed = this.#takeOverUndone();
      if (!first) {
        this.#markTouched(known, changed);
        this.#forgetTouched();
      }
      this.#fill(!first);
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

  /** Writes down which decisions are undone. Returns those for which that has changed. */
  #takeOverUndone(): number[] {
    const rows = this.#sql(
      "SELECT id, undoes FROM main.decision INDEXED BY decision_undoing WHERE undoes IS NOT NULL",
    ).all() as Array<{ id: number; undoes: number }>;
    const undone = new Set<number>();
    // An undo is always younger than what it takes back, so that one walk from the youngest decides everything.
    for (const { id, undoes } of rows.sort((a, b) => b.id - a.id)) {
      if (!undone.has(id)) {
        undone.add(undoes);
      }
    }
    const before = new Set(this.#sql("SELECT id FROM temp.undone").pluck().all() as number[]);
    const restored = [...before.difference(undone)];
    const taken = [...undone.difference(before)];
    for (const id of restored) {
      this.#sql("DELETE FROM temp.undone WHERE id = ?").run(id);
    }
    for (const id of taken) {
      this.#sql("INSERT INTO temp.undone VALUES (?)").run(id);
    }
    return [...restored, ...taken];
  }

  #markTouched(known: number, changed: readonly number[]): void {
    this.#sql("DELETE FROM temp.touched").run();
    this.#sql("INSERT OR IGNORE INTO temp.touched SELECT subject FROM main.decision WHERE id > ?").run(known);
    for (const id of changed) {
      this.#sql("INSERT OR IGNORE INTO temp.touched SELECT subject FROM main.decision WHERE id = ?").run(id);
    }
  }

  #forgetTouched(): void {
    const numbers = (kind: string): string =>
      `SELECT ${NUMBER} FROM temp.touched WHERE subject >= '${kind}:' AND subject < '${kind};'`;
    for (const table of ["decided", "excluded", "superseded", "left_out"]) {
      this.#sql(`DELETE FROM temp.${table} WHERE id IN (${numbers("instruction")})`).run();
    }
    this.#sql(`DELETE FROM temp.finished WHERE iteration IN (${numbers("iteration")})`).run();
    this.#sql(
      `DELETE FROM temp.override WHERE (iteration, id) IN (SELECT ${VERDICT_ITERATION}, ${VERDICT_INSTRUCTION}
         FROM temp.touched WHERE subject >= 'verdict:' AND subject < 'verdict;')`,
    ).run();
  }

  #fill(touchedOnly: boolean): void {
    const insert = (into: string, values: string, kinds: string): void => {
      this.#sql(`INSERT OR REPLACE INTO temp.${into} SELECT ${values} ${held(kinds, touchedOnly)}`).run();
    };
    insert("decided", `${NUMBER}, iif(kind = 'approve', 'approved', 'refused'), payload ->> 'reason'`, APPROVAL);
    insert("excluded", `${NUMBER}, payload ->> 'reason'`, "'exclude'");
    insert("superseded", `${NUMBER}, payload ->> 'replacement'`, "'edit'");
    insert("left_out", NUMBER, "'exclude', 'edit'");
    const half = "iif(payload ->> 'half' = 'hard', 'hard', 'easy')";
    insert("override", `${VERDICT_ITERATION}, ${VERDICT_INSTRUCTION}, ${half}`, "'override'");
    insert("finished", NUMBER, "'finish'");
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

const APPROVAL = "'approve', 'refuse'";
