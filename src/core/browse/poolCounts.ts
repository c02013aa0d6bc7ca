import type { SqlCache } from "../store/database.ts";
import {
  BRIEF,
  filterSql,
  joinedSql,
  MATCHES,
  memberSql,
  type PoolScope,
  standingSql,
  stateSql,
  trainMembers,
  WITH_VERDICT,
  wantsVerdict,
} from "./poolSql.ts";
import type { CacheGrouping, RowState, TrainGrouping } from "./types.ts";

type Grouping = TrainGrouping | CacheGrouping;

/** A group's key as SQL, over `i` and `v`, and over the tally. */
const KEYS: Readonly<Record<Exclude<Grouping, "verdict">, { readonly row: string; readonly tally: string }>> = {
  origin: { row: "i.origin", tally: "origin" },
  source: { row: "coalesce(i.source_id, 0)", tally: "source_id" },
  iteration: { row: joinedSql("i.id"), tally: "iteration" },
};

/** How many instructions of a scope each group has, from one query. Groups without any are left out. */
export function countGroups(sql: SqlCache, scope: PoolScope, grouping: Grouping): Map<string, number> {
  const rows = sql(countQuery(scope, grouping)).all(scope.values) as Array<{ key: string; count: number }>;
  const counts = new Map(rows.map(({ key, count }) => [String(key), count]));
  return grouping === "verdict" ? withNotRated(counts) : counts;
}

function countQuery(scope: PoolScope, grouping: Grouping): string {
  if (scope.values.text !== null) {
    return countMatches(scope, grouping);
  }
  if (wantsVerdict(scope.filter)) {
    return countRated(scope, grouping);
  }
  if (scope.pool === "train" && scope.values.joined !== null) {
    return countMembers(scope, grouping);
  }
  return grouping === "verdict"
    ? `${countRated(scope, grouping)} UNION ALL SELECT '${ALL}', coalesce(sum(n), 0) FROM (${tallied(scope, "1", "1")})`
    : `SELECT key, sum(n) AS count FROM (${tallied(scope, KEYS[grouping].row, KEYS[grouping].tally)})
       GROUP BY key HAVING sum(n) > 0 ORDER BY key`;
}

function rowKey(scope: PoolScope, grouping: Grouping): string {
  return grouping === "verdict" ? stateSql(scope) : KEYS[grouping].row;
}

function countMatches(scope: PoolScope, grouping: Grouping): string {
  const where = [
    "t.instruction_text MATCH @text",
    memberSql(scope, "i.id"),
    ...filterSql(scope, "i.id", { text: false }),
  ];
  return `SELECT ${rowKey(scope, grouping)} AS key, count(*) AS count FROM ${MATCHES} ${WITH_VERDICT}
    WHERE ${where.join(" AND ")} GROUP BY 1 ORDER BY 1`;
}

/** Counts the Train pool's members one by one, for what the tally does not know of them. */
function countMembers(scope: PoolScope, grouping: Grouping): string {
  const where = [standingSql("i.id"), ...filterSql(scope, "i.id", { text: false })];
  return `SELECT ${rowKey(scope, grouping)} AS key, count(*) AS count
    FROM ${trainMembers(scope)} CROSS JOIN ${BRIEF} ON i.id = m.id ${WITH_VERDICT} WHERE ${where.join(" AND ")} GROUP BY 1`;
}

/** Counts what is rated. Everything rated is in the Cache, so that only the Train pool's members must be looked up. */
function countRated(scope: PoolScope, grouping: Grouping): string {
  const id = "v.instruction_id";
  const needsInstruction = scope.values.origin !== null || grouping !== "verdict";
  const where = [
    "v.iteration = @iteration AND v.scope = 'draw'",
    scope.pool === "train" ? memberSql(scope, id) : standingSql(id),
    ...filterSql(scope, id, { text: false }),
  ];
  return `SELECT ${rowKey(scope, grouping)} AS key, count(*) AS count
    FROM verdict v ${needsInstruction ? `CROSS JOIN ${BRIEF} ON i.id = ${id}` : ""}
    WHERE ${where.join(" AND ")} GROUP BY 1`;
}

/** Members by the tally, less those left out, and those that are coming: rows of a key and a number to be added up. */
function tallied(scope: PoolScope, rowKey: string, tallyKey: string): string {
  const range = scope.pool === "train" ? "= @member" : "<= @member";
  const { values } = scope;
  const ofTally = [
    `pool = '${scope.pool}' AND iteration ${range}`,
    ...(values.origin === null ? [] : ["origin = @origin"]),
    ...(values.joined === null ? [] : ["iteration = @joined"]),
  ];
  const ofRows = filterSql(scope, "i.id", { text: false });
  const and = ofRows.map((condition) => ` AND ${condition}`).join("");
  const parts = [
    `SELECT ${tallyKey} AS key, members AS n FROM pool_tally WHERE ${ofTally.join(" AND ")}`,
    `SELECT ${rowKey}, -1 FROM temp.left_out l CROSS JOIN ${BRIEF} ON i.id = l.id
       CROSS JOIN pool_member m ON m.pool = '${scope.pool}' AND m.instruction_id = i.id AND m.iteration ${range}
       WHERE true${and}`,
    `SELECT ${rowKey}, 1 FROM temp.coming c CROSS JOIN ${BRIEF} ON i.id = c.id
       WHERE ${scope.pool === "train" ? "true" : "c.in_cache = 0"} AND ${standingSql("c.id")}${and}`,
  ];
  return parts.slice(0, scope.coming ? 3 : 2).join(" UNION ALL ");
}

const ALL = "all";

/** What is not rated is what the others leave of all. */
function withNotRated(counts: ReadonlyMap<string, number>): Map<RowState, number> {
  const count = (key: string): number => counts.get(key) ?? 0;
  const rated = count("hard") + count("easy") + count("unscored");
  return new Map([
    ["hard", count("hard")],
    ["easy", count("easy")],
    ["unscored", count("unscored")],
    ["not-rated", counts.has(ALL) ? Math.max(0, count(ALL) - rated) : count("not-rated")],
  ]);
}
