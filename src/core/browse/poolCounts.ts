import {
  filterSql,
  isRatedOnly,
  joinedSql,
  memberSql,
  needsInstruction,
  type PoolScope,
  standingSql,
  stateSql,
  trainMembers,
  withInstruction,
  withVerdict,
} from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";
import type { Grouping } from "./types.ts";
import { verdictFigures } from "./verdictFigures.ts";

/** How many instructions of a scope each group has. Groups without any are left out, states never. */
export function countGroups(state: PoolState, scope: PoolScope, grouping: Grouping): Map<string, number> {
  const count = (query: string): Map<string, number> => {
    const rows = state.sql(query).all(scope.values) as Array<{ key: string | number; count: number }>;
    return new Map(rows.map((row) => [String(row.key), row.count]));
  };
  if (grouping !== "verdict") {
    return count(countQuery(scope, grouping));
  }
  if (scope.pool === "cache" && Object.keys(scope.filter).length === 0) {
    return withNotRated({ ...verdictFigures(state, "draw", scope.shown) }, sizeOf(state, scope));
  }
  const counts = count(countQuery(scope, grouping));
  const found = { hard: counts.get("hard") ?? 0, easy: counts.get("easy") ?? 0, unscored: counts.get("unscored") ?? 0 };
  const all = counts.get(ALL);
  return all === undefined
    ? withNotRated(found, found.hard + found.easy + found.unscored + (counts.get("not-rated") ?? 0))
    : withNotRated(found, all);
}

/** The query for the groups of a scope; among states, everything there is may stand for what is not rated. */
function countQuery(scope: PoolScope, grouping: Grouping): string {
  if (scope.values.text !== null) {
    return countMatches(scope, grouping);
  }
  if (isRatedOnly(scope.filter)) {
    return countRated(scope, grouping);
  }
  if (scope.pool === "train" && scope.values.joined !== null) {
    return countTrainMembers(scope, grouping);
  }
  return grouping === "verdict"
    ? `${countRated(scope, grouping)} UNION ALL SELECT '${ALL}', (${sizeQuery(scope)})`
    : `SELECT key, sum(n) AS count FROM (${tallied(scope, rowKey(scope, grouping, "i.id"), TALLY_KEYS[grouping])})
       GROUP BY key HAVING sum(n) > 0 ORDER BY key`;
}

function sizeQuery(scope: PoolScope): string {
  return `SELECT coalesce(sum(n), 0) FROM (${tallied(scope, "1", "1")})`;
}

function sizeOf(state: PoolState, scope: PoolScope): number {
  return state.sql(sizeQuery(scope)).pluck().get(scope.values) as number;
}

const TALLY_KEYS: Readonly<Record<Exclude<Grouping, "verdict">, string>> = {
  origin: "origin",
  source: "source_id",
  iteration: "iteration",
};

/** A row's group, over its id, `i` and `v`. */
function rowKey(scope: PoolScope, grouping: Grouping, id: string): string {
  switch (grouping) {
    case "verdict":
      return stateSql(scope);
    case "origin":
      return "i.origin";
    case "source":
      return "coalesce(i.source_id, 0)";
    case "iteration":
      return joinedSql(id);
  }
}

function counted(scope: PoolScope, grouping: Grouping, id: string, from: string, where: readonly string[]): string {
  const conditions = [...where, ...filterSql(scope, id)];
  return `SELECT ${rowKey(scope, grouping, id)} AS key, count(*) AS count FROM ${from}
    WHERE ${conditions.join(" AND ")} GROUP BY 1`;
}

function countMatches(scope: PoolScope, grouping: Grouping): string {
  const id = "t.rowid";
  const instruction = needsInstruction(scope, grouping) ? withInstruction(id) : "";
  const from = `instruction_text t ${instruction} ${withVerdict(id)}`;
  return counted(scope, grouping, id, from, ["t.instruction_text MATCH @text", memberSql(scope, id)]);
}

/** Counts the Train pool's members one by one, for what the tally does not know of them. */
function countTrainMembers(scope: PoolScope, grouping: Grouping): string {
  const from = `${trainMembers(scope)} ${withInstruction("m.id")} ${withVerdict("m.id")}`;
  return counted(scope, grouping, "m.id", from, [standingSql("m.id")]);
}

/** Counts what is rated. Everything rated is in the Cache, so that only the Train pool's members must be looked up. */
function countRated(scope: PoolScope, grouping: Grouping): string {
  const id = "v.instruction_id";
  return counted(scope, grouping, id, `verdict v ${needsInstruction(scope, grouping) ? withInstruction(id) : ""}`, [
    "v.iteration = @iteration AND v.scope = 'draw'",
    scope.pool === "train" ? memberSql(scope, id) : standingSql(id),
  ]);
}

/** Members by the tally, less those left out, and those that are coming: rows of a key and a number to be added up. */
function tallied(scope: PoolScope, key: string, tallyKey: string): string {
  const range = scope.pool === "train" ? "= @member" : "<= @member";
  const { values } = scope;
  const ofTally = [
    `pool = '${scope.pool}' AND iteration ${range}`,
    ...(values.origin === null ? [] : ["origin = @origin"]),
    ...(values.joined === null ? [] : ["iteration = @joined"]),
  ];
  const and = filterSql(scope, "i.id")
    .map((condition) => ` AND ${condition}`)
    .join("");
  const parts = [
    `SELECT ${tallyKey} AS key, members AS n FROM pool_tally WHERE ${ofTally.join(" AND ")}`,
    `SELECT ${key}, -1 FROM temp.left_out l ${withInstruction("l.id")}
       CROSS JOIN pool_member m ON m.pool = '${scope.pool}' AND m.instruction_id = i.id AND m.iteration ${range}
       WHERE true${and}`,
    `SELECT ${key}, 1 FROM temp.coming c ${withInstruction("c.id")}
       WHERE ${scope.pool === "train" ? "true" : "c.in_cache = 0"} AND ${standingSql("c.id")}${and}`,
  ];
  return parts.slice(0, scope.coming ? 3 : 2).join(" UNION ALL ");
}

const ALL = "all";

/** What is not rated is what the others leave of all. */
function withNotRated(
  { hard, easy, unscored }: { readonly hard: number; readonly easy: number; readonly unscored: number },
  all: number,
): Map<string, number> {
  const rest = Math.max(0, all - hard - easy - unscored);
  return new Map([
    ["hard", hard],
    ["easy", easy],
    ["unscored", unscored],
    ["not-rated", rest],
  ]);
}
