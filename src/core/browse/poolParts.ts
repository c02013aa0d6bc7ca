import {
  BRIEF,
  filterSql,
  GAP_RANK,
  isRatedOnly,
  joinedSql,
  LENGTH,
  memberSql,
  needsInstruction,
  OVERRIDDEN_IDS,
  type PoolScope,
  standingSql,
  stateSql,
  trainMembers,
  withInstruction,
  withVerdict,
} from "./poolSql.ts";
import type { Bucket, RowSort } from "./types.ts";

/** Sorts behind all that has a verdict; unscored verdicts are in between. */
const NO_VERDICT = -200;
/** All gaps are above, all that stands for none is below. */
const NO_GAP = -99;

/** Rows in an order. A listing is one of these, or several one after the other. */
export interface Part {
  readonly from: string;
  readonly where: readonly string[];
  readonly id: string;
  /** What the rows are ordered by, a number; equal ones by id. */
  readonly key: string;
  readonly descending: boolean;
}

/**
 * Chooses from where a bucket's rows are read, so that little is read that is not shown.
 *
 * @param isSmall whether sorting all of the bucket is cheap; else an index is read in its order, and what does not match
 * is passed over.
 */
export function partsOf(scope: PoolScope, bucket: Bucket, sort: RowSort, isSmall: boolean): Part[] {
  if (scope.values.text !== null) {
    return [matching(scope, bucket, sort)];
  }
  if (isRated(scope, bucket) && (sort !== "length" || isSmall)) {
    return [rated(scope, bucket, sort)];
  }
  if (isSmall && scope.pool === "train") {
    return [listed(scope, bucket, sort, { from: trainMembers(scope), id: "m.id" })];
  }
  if (isSmall && (scope.values.joined !== null || bucket.grouping === "iteration")) {
    return [listed(scope, bucket, sort, { from: joinedMembers(scope, bucket), id: "m.id" })];
  }
  if (isSmall && sort === "length") {
    return [ordered(scope, bucket, sort, BRIEF)];
  }
  if (sort === "gap") {
    const newest = ordered(scope, bucket, "newest", idOrder(bucket));
    const rest = { ...newest, where: [...newest.where, "v.instruction_id IS NULL"] };
    return bucket.key === "not-rated" ? [rest] : [rated(scope, bucket, sort), rest];
  }
  return [
    ordered(
      scope,
      bucket,
      sort,
      sort === "length" ? "instruction i INDEXED BY instruction_by_length" : idOrder(bucket),
    ),
  ];
}

/** Whether all rows of the bucket have a verdict. Then they are in the Cache for certain. */
function isRated({ filter }: PoolScope, { grouping, key }: Bucket): boolean {
  return isRatedOnly(filter) || (grouping === "verdict" && key !== "not-rated");
}

/** That a row with or without a verdict is in the pool. */
function inPool(scope: PoolScope, bucket: Bucket, id: string): string {
  return scope.pool === "cache" && isRated(scope, bucket) ? standingSql(id) : memberSql(scope, id);
}

function orderOf(sort: RowSort, id: string): Pick<Part, "key" | "descending"> {
  switch (sort) {
    case "gap":
      return { key: `iif(v.instruction_id IS NULL, ${NO_VERDICT}, ${GAP_RANK})`, descending: true };
    case "length":
      return { key: LENGTH, descending: true };
    default:
      return { key: id, descending: sort === "newest" };
  }
}

function groupSql(scope: PoolScope, { grouping, key }: Bucket, id: string): string {
  switch (grouping) {
    case "origin":
      return "i.origin = @group";
    case "source":
      return key === "0" ? "i.source_id IS NULL" : "i.source_id = @group";
    case "iteration":
      return `${joinedSql(id)} = @group`;
    case "verdict":
      return `${stateSql(scope)} = @group`;
  }
}

function instructionFor(scope: PoolScope, { grouping }: Bucket, sort: RowSort, id: string): string {
  return sort === "length" || needsInstruction(scope, grouping) ? withInstruction(id) : "";
}

/** What the full-text index finds, which it does in the order of the ids. */
function matching(scope: PoolScope, bucket: Bucket, sort: RowSort): Part {
  const id = "t.rowid";
  // What has no verdict has no gaps to be sorted by, and its ids are in order as they are.
  const order = bucket.key === "not-rated" && sort === "gap" ? orderOf("newest", id) : orderOf(sort, id);
  return {
    from: `instruction_text t ${instructionFor(scope, bucket, sort, id)} ${withVerdict(id)}`,
    where: [
      "t.instruction_text MATCH @text",
      groupSql(scope, bucket, id),
      inPool(scope, bucket, id),
      ...filterSql(scope, id),
    ],
    id,
    ...order,
  };
}

/** What is rated in the iteration, in the order of the verdicts' own indexes. */
function rated(scope: PoolScope, bucket: Bucket, sort: RowSort): Part {
  const id = "v.instruction_id";
  return {
    from: `verdict v ${sort === "gap" ? "INDEXED BY verdict_by_rank" : ""} ${instructionFor(scope, bucket, sort, id)}`,
    where: [
      "v.iteration = @iteration AND v.scope = 'draw'",
      ...rangeOf(scope, bucket),
      groupSql(scope, bucket, id),
      scope.pool === "cache" ? standingSql(id) : memberSql(scope, id),
      ...filterSql(scope, id),
    ],
    id,
    ...orderOf(sort, id),
    ...(sort === "gap" && { key: GAP_RANK }),
  };
}

/** The gaps of a state, so that only those are read; what a person has overridden may have any gap. */
function rangeOf({ overridden }: PoolScope, { grouping, key }: Bucket): string[] {
  if (grouping !== "verdict") {
    return [];
  }
  if (key === "unscored") {
    return [`${GAP_RANK} < ${NO_GAP}`];
  }
  const range = key === "hard" ? `${GAP_RANK} >= @hardFrom` : `${GAP_RANK} < @hardFrom`;
  return [overridden ? `(${range} OR +v.instruction_id IN (${OVERRIDDEN_IDS}))` : range];
}

/** Members that are listed by themselves, to be sorted. */
function listed(scope: PoolScope, bucket: Bucket, sort: RowSort, members: { from: string; id: string }): Part {
  const { from, id } = members;
  return {
    from: `${from} ${instructionFor(scope, bucket, sort, id)} ${withVerdict(id)}`,
    where: [standingSql(id), groupSql(scope, bucket, id), ...filterSql(scope, id)],
    id,
    ...orderOf(sort, id),
  };
}

/** Members of the Cache by the iteration in which they joined it. */
function joinedMembers(scope: PoolScope, { grouping }: Bucket): string {
  const joined = grouping === "iteration" ? "@group" : "@joined";
  const coming = `UNION ALL SELECT id FROM temp.coming WHERE in_cache = 0 AND ${joined} = @member`;
  return `(SELECT instruction_id AS id FROM pool_member
    WHERE pool = 'cache' AND iteration = ${joined} AND iteration <= @member ${scope.coming ? coming : ""}) m`;
}

/** All instructions as an index has them, of which those that match are taken. */
function ordered(scope: PoolScope, bucket: Bucket, sort: RowSort, from: string): Part {
  return {
    from: `${from} ${withVerdict("i.id")}`,
    where: [groupSql(scope, bucket, "i.id"), inPool(scope, bucket, "i.id"), ...filterSql(scope, "i.id")],
    id: "i.id",
    ...orderOf(sort, "i.id"),
  };
}

/** Instructions in the order of their ids. */
function idOrder({ grouping }: Bucket): string {
  switch (grouping) {
    case "origin":
      return "instruction i INDEXED BY instruction_by_origin";
    case "source":
      return "instruction i INDEXED BY instruction_by_source";
    default:
      return BRIEF;
  }
}
