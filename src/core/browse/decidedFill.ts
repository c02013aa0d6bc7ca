import type { Override } from "../review/fold.ts";
import type { SqlCache } from "../store/sqlCache.ts";

/** The decisions in force as tables that queries can join; `effectiveState` says the same in memory. */
export const TABLES = `
  CREATE TEMP TABLE IF NOT EXISTS touched (subject TEXT PRIMARY KEY) WITHOUT ROWID;
  -- Subjects on which somebody was asked for a second opinion.
  CREATE TEMP TABLE IF NOT EXISTS opined (subject TEXT PRIMARY KEY) WITHOUT ROWID;
  -- Candidates that a person or a policy has decided about: approved, refused or disputed.
  CREATE TEMP TABLE IF NOT EXISTS decided (id INTEGER PRIMARY KEY, state TEXT NOT NULL, reason TEXT);
  CREATE TEMP TABLE IF NOT EXISTS excluded (id INTEGER PRIMARY KEY, reason TEXT);
  -- All edits there ever were, those in force, and what stands for nothing because an edit does not hold.
  CREATE TEMP TABLE IF NOT EXISTS edited (replacement INTEGER PRIMARY KEY, subject TEXT NOT NULL);
  CREATE TEMP TABLE IF NOT EXISTS superseded (id INTEGER PRIMARY KEY, replacement INTEGER NOT NULL);
  CREATE TEMP TABLE IF NOT EXISTS withdrawn (id INTEGER PRIMARY KEY);
  -- What counts and pages leave out: excluded or superseded.
  CREATE TEMP TABLE IF NOT EXISTS left_out (id INTEGER PRIMARY KEY);
  -- The half itself, or a gap whose half follows from the τ that is shown.
  CREATE TEMP TABLE IF NOT EXISTS override (iteration INTEGER, id INTEGER, half TEXT, gap REAL, PRIMARY KEY (iteration, id))
    WITHOUT ROWID;
  CREATE TEMP TABLE IF NOT EXISTS corrected (id INTEGER PRIMARY KEY, answer_id INTEGER NOT NULL);
  CREATE TEMP TABLE IF NOT EXISTS rejected (id INTEGER, answer_id INTEGER, PRIMARY KEY (id, answer_id)) WITHOUT ROWID;
  CREATE TEMP TABLE IF NOT EXISTS finished (iteration INTEGER PRIMARY KEY);
`;

const OF_INSTRUCTIONS = ["decided", "excluded", "superseded", "left_out", "corrected", "rejected"];

export const RESULTS: readonly string[] = [
  ...OF_INSTRUCTIONS,
  ...["override", "opined", "edited", "withdrawn", "finished"],
];

/** The number behind the last colon of a subject, which is an instruction or an iteration. */
const NUMBER = "CAST(substr(subject, instr(subject, ':') + 1) AS INTEGER)";
/** The two numbers of `verdict:<iteration>:<instruction>`. */
const VERDICT = `CAST(substr(subject, 9) AS INTEGER), CAST(substr(subject, 9 + instr(substr(subject, 9), ':')) AS INTEGER)`;

/** Agreeing takes an override back: a row without half and gap, which goes in the end. */
const HALF = `CASE WHEN kind = 'agree' OR json_type(payload, '$.gap') IN ('integer', 'real') THEN NULL
  ELSE iif(payload ->> 'half' = 'hard', 'hard', 'easy') END`;
const GAP = "iif(kind = 'override' AND json_type(payload, '$.gap') IN ('integer', 'real'), payload ->> 'gap', NULL)";

/** Fills the tables from the log. Second opinions count here as if they were first ones: who uses it puts that right. */
export class DecidedFill {
  readonly #sql: SqlCache;

  constructor(sql: SqlCache) {
    this.#sql = sql;
  }

  /** Empties the tables of what the touched subjects are about. */
  forgetTouched(): void {
    const touched = (kind: string, numbers: string): string =>
      `SELECT ${numbers} FROM temp.touched WHERE subject >= '${kind}:' AND subject < '${kind};'`;
    for (const table of OF_INSTRUCTIONS) {
      this.#sql(`DELETE FROM temp.${table} WHERE id IN (${touched("instruction", NUMBER)})`).run();
    }
    this.#sql(`DELETE FROM temp.override WHERE (iteration, id) IN (${touched("verdict", VERDICT)})`).run();
    this.#sql(`DELETE FROM temp.finished WHERE iteration IN (${touched("iteration", NUMBER)})`).run();
  }

  /**
   * Fills in what holds, of the touched subjects or of all.
   *
   * @param known the highest decision id that was there the last time.
   */
  run(touchedOnly: boolean, known: number): void {
    const insert = (into: string, values: string, kinds: string): void => {
      this.#sql(`INSERT OR REPLACE INTO temp.${into} SELECT ${values} ${held(kinds, touchedOnly)}`).run();
    };
    insert("decided", `${NUMBER}, iif(kind = 'approve', 'approved', 'refused'), payload ->> 'reason'`, APPROVAL);
    insert("excluded", `${NUMBER}, payload ->> 'reason'`, "'exclude'");
    insert("superseded", `${NUMBER}, payload ->> 'replacement'`, "'edit'");
    insert("left_out", NUMBER, "'exclude', 'edit'");
    insert("override", `${VERDICT}, ${HALF}, ${GAP}`, JUDGEMENT);
    this.#sql("DELETE FROM temp.override WHERE half IS NULL AND gap IS NULL").run();
    insert("corrected", `${NUMBER}, payload ->> 'answerId'`, "'correct'");
    insert("rejected", `${NUMBER}, payload ->> 'answerId'`, "'reject'");
    insert("finished", NUMBER, "'finish'");
    // Whether it is one, is looked at later: here it is enough to miss none.
    this.#sql(
      `INSERT OR IGNORE INTO temp.opined SELECT subject FROM main.decision
       WHERE id > ? AND kind IN (${APPROVAL}, ${JUDGEMENT}) AND instr(payload, '"second"') > 0`,
    ).run(known);
    this.#fillWithdrawn(touchedOnly, known);
  }

  /** @param state null where nothing that was decided counts. */
  setDecided(id: number, state: "approved" | "refused" | "disputed" | null, reason: string | null): void {
    this.#sql("DELETE FROM temp.decided WHERE id = ?").run(id);
    if (state !== null) {
      this.#sql("INSERT INTO temp.decided VALUES (?, ?, ?)").run(id, state, reason);
    }
  }

  setOverride(subject: string, override: Override | null): void {
    const key = "(SELECT @subject AS subject)";
    const values = { subject };
    this.#sql(`DELETE FROM temp.override WHERE (iteration, id) = (SELECT ${VERDICT} FROM ${key})`).run(values);
    if (override) {
      const { half, gap } = override;
      this.#sql(`INSERT INTO temp.override SELECT ${VERDICT}, @half, @gap FROM ${key}`).run({ ...values, half, gap });
    }
  }

  #fillWithdrawn(touchedOnly: boolean, known: number): void {
    this.#sql(
      `INSERT OR IGNORE INTO temp.edited SELECT payload ->> 'replacement', subject FROM main.decision
       WHERE id > ? AND kind = 'edit' AND context <> 'suggestion'`,
    ).run(known);
    const touched = "SELECT 1 FROM temp.edited WHERE subject IN (SELECT subject FROM temp.touched) LIMIT 1";
    if (touchedOnly && this.#sql(touched).get() === undefined) {
      return;
    }
    this.#sql("DELETE FROM temp.withdrawn").run();
    this.#sql(
      `INSERT INTO temp.withdrawn WITH RECURSIVE gone (id) AS (
         SELECT replacement FROM temp.edited WHERE replacement NOT IN (SELECT replacement FROM temp.superseded)
         UNION SELECT s.replacement FROM gone g JOIN temp.superseded s ON s.id = g.id)
       SELECT id FROM gone`,
    ).run();
  }
}

const APPROVAL = "'approve', 'refuse'";
const JUDGEMENT = "'override', 'agree'";

/**
 * Decisions that hold, oldest first, so that of several about one subject the last one replaces the others. Repeats only
 * measure.
 */
function held(kinds: string, touchedOnly: boolean): string {
  return `FROM main.decision WHERE kind IN (${kinds}) AND context <> 'suggestion'
    AND id NOT IN (SELECT id FROM temp.undone) AND json_type(payload, '$.again') IS NULL
    ${touchedOnly ? "AND subject IN (SELECT subject FROM temp.touched)" : ""} ORDER BY id`;
}
