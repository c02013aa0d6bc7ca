import type { SqlCache } from "../store/sqlCache.ts";
import { poolRows } from "./poolRows.ts";
import { filterSql, isRatedOnly, memberSql, type PoolScope, withInstruction, withVerdict } from "./poolSql.ts";
import type { PoolRow } from "./types.ts";

/** Ranking costs a look at every match: of words that are everywhere, only the newest matches are ranked. */
const MOST_RANKED = 2000;

/** The members that match the scope's text, the best matches first. */
export function searchPool(sql: SqlCache, scope: PoolScope, limit: number): PoolRow[] {
  if (scope.values.text === null) {
    return [];
  }
  const id = "t.rowid";
  const { filter, values } = scope;
  const instruction = values.origin === null ? "" : withInstruction(id);
  const verdict = isRatedOnly(filter) ? withVerdict(id) : "";
  const where = ["t.instruction_text MATCH @text", memberSql(scope, id), ...filterSql(scope, id)];
  const ids = sql(
    `WITH hit AS MATERIALIZED (
       SELECT ${id} AS id, bm25(instruction_text) AS score FROM instruction_text t ${instruction} ${verdict}
       WHERE ${where.join(" AND ")} ORDER BY ${id} DESC LIMIT ${MOST_RANKED})
     SELECT id FROM hit ORDER BY score, id DESC LIMIT @limit`,
  )
    .pluck()
    .all({ ...values, limit }) as number[];
  return poolRows(sql, scope, ids);
}
