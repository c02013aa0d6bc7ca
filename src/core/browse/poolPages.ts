import type { SqlCache } from "../store/sqlCache.ts";
import { type Part, partsOf } from "./poolParts.ts";
import type { PoolScope } from "./poolSql.ts";
import type { Bucket, Cursor, RowSort } from "./types.ts";

/** Numbers are bound as fractions, and of a fraction the full-text index makes no bound for its ids: it ignores it. */
const ID = "CAST(@id AS INTEGER)";

interface Row {
  readonly id: number;
  readonly key: number;
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
    { sort, sorted }: { readonly sort: RowSort; readonly sorted: boolean },
  ) {
    this.#sql = sql;
    this.#values = { ...scope.values, group: groupValue(bucket) };
    this.#sorted = sorted;
    this.#parts = partsOf(scope, bucket, sort, sorted);
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

  /** How many rows are before an instruction; null when it is not listed. */
  positionOf(id: number): number | null {
    const found = this.#find(id);
    if (!found) {
      return null;
    }
    const earlier = this.#parts.slice(0, found.part).reduce((sum, _, part) => sum + this.#count(part, null), 0);
    return earlier + this.#count(found.part, found);
  }

  /** The cursor of the row that is so many rows before a listed instruction, which itself has a known position. */
  before(id: number, position: number, distance: number): Cursor | null {
    const found = this.#find(id);
    let missing = distance;
    for (let part = found?.part ?? -1; part >= 0; part--) {
      const rows = this.#read(part, part === found?.part ? found : null, missing, { backwards: true });
      const row = rows[missing - 1];
      if (row) {
        return { ...row, part, sorted: this.#sorted, seen: position - distance + 1 };
      }
      missing -= rows.length;
    }
    return null;
  }

  #find(id: number): (Row & { readonly part: number }) | null {
    for (const [part, { from, where, id: idSql, key }] of this.#parts.entries()) {
      // An index chosen for its order would be walked from end to end for this one row.
      const unordered = from.replaceAll(/INDEXED BY \w+/g, "");
      const row = this.#sql(
        `SELECT ${idSql} AS id, ${key} AS key FROM ${unordered} WHERE ${[...where, `${idSql} = ${ID}`].join(" AND ")}`,
      ).get({ ...this.#values, id }) as Row | undefined;
      if (row) {
        return { ...row, part };
      }
    }
    return null;
  }

  #read(part: number, from: Row | null, limit: number, { backwards = false } = {}): Row[] {
    const { id, key, descending, ...source } = this.#parts[part] as Part;
    const direction = descending === backwards ? "ASC" : "DESC";
    const where = from ? [...source.where, beyond({ id, key }, direction === "DESC" ? "<" : ">")] : source.where;
    const order = key === id ? `${id} ${direction}` : `${key} ${direction}, ${id} ${direction}`;
    return this.#sql(
      `SELECT ${id} AS id, ${key} AS key FROM ${source.from} WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT @limit`,
    ).all({ ...this.#values, ...from, limit }) as Row[];
  }

  /** How many rows of a part are before one, or all. */
  #count(part: number, until: Row | null): number {
    const { from, where, descending, ...row } = this.#parts[part] as Part;
    const conditions = until ? [...where, beyond(row, descending ? ">" : "<")] : where;
    return this.#sql(`SELECT count(*) FROM ${from} WHERE ${conditions.join(" AND ")}`)
      .pluck()
      .get({ ...this.#values, ...until }) as number;
  }
}

/** The bound on the key alone says nothing new, but is the one that an index on the key is entered by. */
function beyond({ id, key }: Pick<Part, "id" | "key">, than: "<" | ">"): string {
  return key === id ? `${id} ${than} ${ID}` : `${key} ${than}= @key AND (${key}, ${id}) ${than} (@key, @id)`;
}

function groupValue({ grouping, key }: Bucket): string | number {
  return grouping === "source" || grouping === "iteration" ? Number(key) : key;
}
