import type { Origin } from "../pool/instruction.ts";
import type { SqlCache } from "../store/sqlCache.ts";
import { joinedSql, type PoolScope, stateSql, withVerdict } from "./poolSql.ts";
import type { PoolRow, RowState } from "./types.ts";

/** How much of a text a row shows, in characters. */
const SHOWN_CHARACTERS = 200;

/** The beginning of the last user turn of `i`, as SQL: the whole text never leaves the database for a row. */
export const SHOWN_TEXT = `coalesce((SELECT substr(json_extract(value, '$.content'), 1, ${SHOWN_CHARACTERS})
  FROM json_each(i.turns) WHERE json_extract(value, '$.role') = 'user' ORDER BY key DESC LIMIT 1), '')`;

interface Row {
  readonly id: number;
  readonly text: string;
  readonly origin: Origin;
  readonly iteration: number | null;
  readonly state: RowState;
  readonly overridden: number;
  readonly gap: number | null;
  readonly contradictory: number | null;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
}

/** The rows of the given instructions in their order, with the verdicts that the scope shows. */
export function poolRows(sql: SqlCache, scope: PoolScope, ids: readonly number[]): PoolRow[] {
  const rows = sql(
    `SELECT i.id, ${SHOWN_TEXT} AS text, i.origin, ${joinedSql("i.id")} AS iteration, ${stateSql(scope)} AS state,
       EXISTS (SELECT 1 FROM temp.override o WHERE o.iteration = v.iteration AND o.id = i.id) AS overridden,
       v.gap, v.contradictory, v.teacher_score AS teacherScore, v.student_score AS studentScore
     FROM json_each(@ids) wanted CROSS JOIN instruction i ON i.id = wanted.value ${withVerdict("i.id")} ORDER BY wanted.key`,
  ).all({ ...scope.values, ids: JSON.stringify(ids) }) as Row[];
  return rows.map((row) => ({
    ...row,
    overridden: row.overridden === 1,
    contradictory: row.contradictory === 1,
    studentAhead: row.gap !== null && row.gap <= scope.values.aheadTo,
  }));
}
