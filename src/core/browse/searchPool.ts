import type { SqlCache } from "../store/database.ts";
import { poolRows } from "./poolRows.ts";
import { filterSql, MATCHES, memberSql, type PoolScope, WITH_VERDICT } from "./poolSql.ts";
import type { PoolRow } from "./types.ts";

/** Ranking costs a look at every match: of words that are everywhere, only the newest matches are ranked. */
const MOST_RANKED = 2000;

/** The members that match the scope's text, the best matches first. */
export function searchPool(sql: SqlCache, scope: PoolScope, limit: number): PoolRow[] {
  if (scope.values.text === null) {
    return [];
  }
  const where = [
    "t.instruction_text MATCH @text",
    memberSql(scope, "i.id"),
    ...filterSql(scope, "i.id", { text: false }),
  ];
  const ids = sql(
    `WITH hit AS MATERIALIZED (
       SELECT i.id, bm25(instruction_text) AS score FROM ${MATCHES} ${WITH_VERDICT}
       WHERE ${where.join(" AND ")} ORDER BY t.rowid DESC LIMIT ${MOST_RANKED})
     SELECT id FROM hit ORDER BY score, id DESC LIMIT @limit`,
  )
    .pluck()
    .all({ ...scope.values, limit }) as number[];
  return poolRows(sql, scope, ids);
}
