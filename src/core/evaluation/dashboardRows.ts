import type { Connection } from "../store/database.ts";
import { isInBin } from "./gaps.ts";

/** An instruction behind a figure, with the beginning of its text. */
export interface FigureRow {
  readonly instructionId: number;
  readonly text: string;
  /** Teacher minus student; null where nothing is scored. */
  readonly gap: number | null;
  /** On the evaluation set: whether the answer is the reference. */
  readonly correct: boolean | null;
}

/** Figures' rows are picked from a list: more than this nobody looks through. */
export const MOST_ROWS = 200;

const TEXT = "substr(json_extract(i.turns, '$[#-1].content'), 1, 200) AS text";

/** The draw's instructions whose gap lies in a bin of the histogram, the largest gaps first. */
export function rowsBetween(connection: Connection, iteration: number, bin: { from: number; to: number }): FigureRow[] {
  const rows = connection
    .prepare(
      `SELECT v.instruction_id AS instructionId, v.gap, ${TEXT}, NULL AS correct
       FROM verdict v JOIN instruction i ON i.id = v.instruction_id
       WHERE v.iteration = ? AND v.scope = 'draw' AND v.gap BETWEEN ? AND ? ORDER BY v.gap DESC, v.instruction_id`,
    )
    .iterate(iteration, bin.from, bin.to) as IterableIterator<FigureRow>;
  const found: FigureRow[] = [];
  for (const row of rows) {
    if (found.length === MOST_ROWS) {
      break;
    }
    if (row.gap !== null && isInBin(row.gap, bin)) {
      found.push(row);
    }
  }
  return found;
}

/** The panel's instructions as an iteration rated them, the largest gaps first and the unscored last. */
export function panelRows(connection: Connection, iteration: number): FigureRow[] {
  return connection
    .prepare(
      `SELECT v.instruction_id AS instructionId, v.gap, ${TEXT}, NULL AS correct
       FROM verdict v JOIN instruction i ON i.id = v.instruction_id
       WHERE v.iteration = ? AND v.scope = 'panel' ORDER BY v.gap DESC NULLS LAST, v.instruction_id LIMIT ?`,
    )
    .all(iteration, MOST_ROWS) as FigureRow[];
}

/** The evaluation set as an iteration's student answered it, the wrong answers first. */
export function evaluationRows(connection: Connection, iteration: number): FigureRow[] {
  const rows = connection
    .prepare(
      `SELECT e.instruction_id AS instructionId, NULL AS gap, ${TEXT}, e.correct
       FROM evaluation e JOIN instruction i ON i.id = e.instruction_id
       WHERE e.iteration = ? ORDER BY e.correct, e.instruction_id LIMIT ?`,
    )
    .all(iteration, MOST_ROWS) as FigureRow[];
  return rows.map((row) => ({ ...row, correct: Boolean(row.correct) }));
}
