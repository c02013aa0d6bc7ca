import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import type { Bucket, Cursor, PoolFilter, PoolRow, RowSort } from "../../../src/core/browse/types.ts";
import { newStore, temporaryFolder } from "../store/support.ts";
import { matches, type NaiveRow, naivePool, sorted } from "./naive.ts";
import { BrowseWorld } from "./world.ts";

const folder = temporaryFolder();
const SORTS: readonly RowSort[] = ["gap", "newest", "oldest", "length"];
const FILTERS: readonly PoolFilter[] = [
  {},
  { contradictory: true },
  { studentAhead: true },
  { origin: "imported" },
  { joined: 2 },
  { hasText: "cafe riv" },
  { hasText: "stone", contradictory: true, origin: "written" },
  { joined: 1, origin: "generated", studentAhead: true },
  { joined: 3 },
];
const TAU = 1;
const LIMIT = 7;

const KEYS: Readonly<Record<Bucket["grouping"], (row: NaiveRow) => string>> = {
  verdict: ({ state }) => state,
  origin: ({ origin }) => origin,
  source: ({ source }) => String(source),
  iteration: ({ iteration }) => String(iteration),
};

function allRows(browser: PoolBrowser, bucket: Bucket, sort: RowSort): PoolRow[] {
  const rows: PoolRow[] = [];
  let after: Cursor | null = null;
  do {
    const page = browser.page(bucket, { sort, after, limit: LIMIT });
    rows.push(...page.rows);
    assert.equal(
      page.left,
      bucket.count - rows.length,
      `${bucket.id} ${JSON.stringify(bucket.filter)} by ${sort}: what is left`,
    );
    after = page.next;
  } while (after);
  return rows;
}

/** Compares every bucket, every page and the place of a row in each with what is computed in memory. */
function compare(
  browser: PoolBrowser,
  buckets: readonly Bucket[],
  pool: readonly NaiveRow[],
  filter: PoolFilter,
): void {
  const wanted = pool.filter((row) => matches(row, filter));
  assert.equal(
    buckets.reduce((sum, { count }) => sum + count, 0),
    wanted.length,
    JSON.stringify([filter, buckets]),
  );
  for (const bucket of buckets) {
    const rows = wanted.filter((row) => KEYS[bucket.grouping](row) === bucket.key);
    const about = `${bucket.id} ${JSON.stringify(filter)}`;
    assert.equal(bucket.count, rows.length, about);
    for (const sort of SORTS) {
      const expected = sorted(rows, sort).map(({ characters: _, source: __, rated: ___, ...row }) => row);
      assert.deepEqual(allRows(browser, bucket, sort), expected, `${about} by ${sort}`);
      const position = Math.floor((2 / 3) * expected.length);
      const id = expected[position]?.id;
      if (id !== undefined) {
        const place = browser.locate(id, buckets, { sort, limit: LIMIT });
        assert.deepEqual(
          [place?.bucketId, place?.position],
          [bucket.id, position],
          `${about}: place of ${id} by ${sort}`,
        );
        const page = browser.page(bucket, { sort, after: place?.before ?? null, limit: LIMIT });
        assert.equal(page.rows[position - (place?.skipped ?? 0)]?.id, id, `${about}: page of ${id} by ${sort}`);
      }
    }
  }
}

function compareAll(world: BrowseWorld, browser: PoolBrowser): void {
  for (const filter of FILTERS) {
    for (const iteration of [1, 2]) {
      const cache = naivePool(world.store, "cache", iteration, TAU);
      for (const grouping of ["verdict", "origin", "iteration"] as const) {
        compare(browser, browser.cacheCounts({ iteration, tau: TAU, grouping, filter }), cache, filter);
      }
    }
    const train = naivePool(world.store, "train", 2, TAU);
    for (const grouping of ["origin", "source"] as const) {
      compare(browser, browser.trainCounts({ iteration: 2, tau: TAU, grouping, filter }), train, filter);
    }
  }
}

describe("counts, pages and places agree with what is computed in memory", () => {
  for (const { mostSorted, how } of [
    { mostSorted: 1000, how: "sorting" },
    { mostSorted: 0, how: "reading in order" },
  ]) {
    test(`${how}: nothing decided, decided, approval finished`, () => {
      const world = new BrowseWorld(newStore(folder), `pages/${how}`);
      world.openIteration(1);
      world.openIteration(2);
      const browser = new PoolBrowser(world.store, { mostSorted });
      world.rate(1);
      world.rate(2);
      compareAll(world, browser);
      world.addCandidates(2, 15);
      for (let count = 0; count < 60; count++) {
        world.decideAnything();
      }
      compareAll(world, browser);
      world.finish(2);
      compareAll(world, browser);
    });
  }
});
