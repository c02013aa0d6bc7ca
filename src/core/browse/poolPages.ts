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
import type { Bucket, Cursor, RowSort } from "./types.ts";

/** Sorts behind all that has a verdict; unscored verdicts are in between, see `gap_rank`. */
const NO_VERDICT = -200;

/** Rows in an order. A listing is one of these, or several one after the other. */
interface Part {
  readonly from: string;
  readonly where: readonly string[];
  readonly id: string;
  /** What the rows are ordered by, a number; equal ones by id. */
  readonly key: string;
  readonly descending: boolean;
}

/** The ids of a bucket in an order, from which any page can be read without those before it. */
export class Listing {
  readonly #sql: SqlCache;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #parts: readonly Part[];
  readonly #sorted: boolean;

  /** @param sorted whether the bucket is small enough to be sorted anew for each page. */
  constructor(
    sql: SqlCache,
    scope: PoolScope,
    bucket: Bucket,
    { sort, sorted: isSmall }: { readonly sort: RowSort; readonly sorted: boolean },
  ) {
    this.#sql = sql;
    this.#values = { ...scope.values, group: groupValue(bucket) };
    this.#sorted = isSmall;
    this.#parts = partsOf(scope, bucket, sort, isSmall);
  }

  /** The next ids behind a cursor, with the cursor of each. */
  page(after: Cursor | null, limit: number): Cursor[] {
    const rows: Cursor[] = [];
    for (let part = after?.part ?? 0; part < this.#parts.length && rows.length < limit; part++) {
      const begin = after?.part === part ? after : null;
      for (const row of this.#read(part, begin, limit - rows.length)) {
        rows.push({ ...row, part, sorted: this.#sorted, seen: (after?.seen ?? 0) + rows.length + 1 });
      }
    }
    return rows;
  }

  /** The cursor of an instruction, counting what is before it; null when it is not listed. */
  find(id: number): Cursor | null {
    for (const [part, { from, where, id: idSql, key: keySql }] of this.#parts.entries()) {
      const row = this.#sql(
        `SELECT ${idSql} AS id, ${keySql} AS key FROM ${from} WHERE ${[...where, `${idSql} = @id`].join(" AND ")}`,
      ).get({ ...this.#values, id }) as { id: number; key: number } | undefined;
      if (row) {
        const seen = this.#countBefore(part) + this.#count(part, row) + 1;
        return { ...row, part, sorted: this.#sorted, seen };
      }
    }
    return null;
  }

  /** The cursor of the row at a place, from 0; null behind the end. */
  at(place: number): Cursor | null {
    for (const part of this.#parts.keys()) {
      const row = this.#read(part, null, 1, place - this.#countBefore(part))[0];
      if (row) {
        return { ...row, part, sorted: this.#sorted, seen: place + 1 };
      }
    }
    return null;
  }

  #read(
    part: number,
    after: { readonly id: number; readonly key: number } | null,
    limit: number,
    offset = 0,
  ): Array<{ id: number; key: number }> {
    const { from, where, id, key, descending } = this.#parts[part] as Part;
    const direction = descending ? "DESC" : "ASC";
    const conditions = after ? [...where, beyond(this.#parts[part] as Part, descending ? "<" : ">")] : where;
    const order = key === id ? `${id} ${direction}` : `${key} ${direction}, ${id} ${direction}`;
    return this.#sql(
      `SELECT ${id} AS id, ${key} AS key FROM ${from} WHERE ${conditions.join(" AND ")}
       ORDER BY ${order} LIMIT @limit OFFSET @offset`,
    ).all({ ...this.#values, ...after, limit, offset }) as Array<{ id: number; key: number }>;
  }

  /** How many rows the parts before one have. */
  #countBefore(part: number): number {
    return this.#parts.slice(0, part).reduce((sum, _, earlier) => sum + this.#count(earlier, null), 0);
  }

  /** How many rows of a part are before one, or all. */
  #count(part: number, until: { readonly id: number; readonly key: number } | null): number {
    const { from, where, descending } = this.#parts[part] as Part;
    const conditions = until ? [...where, beyond(this.#parts[part] as Part, descending ? ">" : "<")] : where;
    return this.#sql(`SELECT count(*) FROM ${from} WHERE ${conditions.join(" AND ")}`)
      .pluck()
      .get({ ...this.#values, ...until }) as number;
  }
}

function beyond({ id, key }: Part, than: "<" | ">"): string {
  return key === id ? `${id} ${than} @id` : `(${key}, ${id}) ${than} (@key, @id)`;
}

function groupValue({ grouping, key }: Bucket): string | number {
  return grouping === "source" || grouping === "iteration" ? Number(key) : key;
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

/** Chooses from where a bucket's rows are read, so that little is read that is not shown. */
function partsOf(scope: PoolScope, bucket: Bucket, sort: RowSort, isSmall: boolean): Part[] {
  const { pool, values } = scope;
  if (values.text !== null) {
    return [sorted(MATCHES, ["t.instruction_text MATCH @text", memberSql(scope, "i.id")], scope, bucket, sort)];
  }
  const isRated = wantsVerdict(scope.filter) || (bucket.grouping === "verdict" && bucket.key !== "not-rated");
  if (isRated && (sort !== "length" || isSmall)) {
    return [rated(scope, bucket, sort)];
  }
  if (isSmall && pool === "train") {
    const members = `${trainMembers(scope)} CROSS JOIN ${BRIEF} ON i.id = m.id`;
    return [sorted(members, [standingSql("i.id")], scope, bucket, sort)];
  }
  if (isSmall && (values.joined !== null || bucket.grouping === "iteration")) {
    return [sorted(joinedMembers(scope, bucket), [standingSql("i.id")], scope, bucket, sort)];
  }
  if (isSmall && sort === "length" && bucket.grouping !== "verdict") {
    return [sorted(instructionsOf(bucket), [memberSql(scope, "i.id")], scope, bucket, sort)];
  }
  if (sort === "gap") {
    const withoutVerdict = indexed(scope, bucket, "newest");
    const rest = { ...withoutVerdict, where: [...withoutVerdict.where, "v.instruction_id IS NULL"] };
    return bucket.key === "not-rated" ? [rest] : [rated(scope, bucket, sort), rest];
  }
  return [indexed(scope, bucket, sort)];
}

const ORDERS: Readonly<Record<RowSort, { readonly key: string; readonly descending: boolean }>> = {
  gap: { key: `coalesce(v.gap_rank, ${NO_VERDICT})`, descending: true },
  newest: { key: "i.id", descending: true },
  oldest: { key: "i.id", descending: false },
  length: { key: "i.characters", descending: true },
};

function sorted(from: string, where: readonly string[], scope: PoolScope, bucket: Bucket, sort: RowSort): Part {
  return {
    from: `${from} ${WITH_VERDICT}`,
    where: [...where, groupSql(scope, bucket, "i.id"), ...filterSql(scope, "i.id", { text: false })],
    id: "i.id",
    ...ORDERS[sort],
  };
}

/** Members of the Cache by the iteration in which they joined it. */
function joinedMembers(scope: PoolScope, bucket: Bucket): string {
  const joined = bucket.grouping === "iteration" ? "@group" : "@joined";
  const coming = `UNION ALL SELECT id FROM temp.coming WHERE in_cache = 0 AND ${joined} = @member`;
  return `(SELECT instruction_id AS id FROM pool_member WHERE pool = 'cache' AND iteration = ${joined} AND iteration <= @member
    ${scope.coming ? coming : ""}) m CROSS JOIN ${BRIEF} ON i.id = m.id`;
}

function instructionsOf({ grouping }: Bucket): string {
  return `instruction i INDEXED BY ${grouping === "source" ? "instruction_by_source" : "instruction_by_origin"}`;
}

/** What is rated in the iteration, in the order of the verdicts' own indexes. */
function rated(scope: PoolScope, bucket: Bucket, sort: RowSort): Part {
  const id = "v.instruction_id";
  const { key, descending } = ORDERS[sort];
  const needsInstruction =
    sort === "length" || scope.values.origin !== null || bucket.grouping === "origin" || bucket.grouping === "source";
  const index = sort === "gap" ? "INDEXED BY verdict_by_rank" : "";
  return {
    from: `verdict v ${index} ${needsInstruction ? `CROSS JOIN ${BRIEF} ON i.id = ${id}` : ""}`,
    where: [
      "v.iteration = @iteration AND v.scope = 'draw'",
      ...rangeOf(scope, bucket),
      groupSql(scope, bucket, id),
      scope.pool === "train" ? memberSql(scope, id) : standingSql(id),
      ...filterSql(scope, id, { text: false }),
    ],
    id,
    key: sort === "gap" ? "v.gap_rank" : sort === "length" ? key : id,
    descending,
  };
}

/** The gaps of a state, so that only those are read; a person's overrides may be anywhere. */
function rangeOf({ overridden }: PoolScope, { grouping, key }: Bucket): string[] {
  if (overridden || grouping !== "verdict") {
    return [];
  }
  return key === "hard" ? ["v.gap_rank >= @hardFrom"] : key === "easy" ? ["v.gap_rank < @hardFrom"] : [];
}

/** All instructions in an index's order, of which those that match are taken. */
function indexed(scope: PoolScope, bucket: Bucket, sort: Exclude<RowSort, "gap">): Part {
  const byGroup = sort !== "length" && (bucket.grouping === "origin" || bucket.grouping === "source");
  const from = byGroup
    ? instructionsOf(bucket)
    : `instruction i INDEXED BY ${sort === "length" ? "instruction_by_length" : "instruction_brief"}`;
  return sorted(from, [memberSql(scope, "i.id")], scope, bucket, sort);
}
