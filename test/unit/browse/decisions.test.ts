import assert from "node:assert/strict";
import { test } from "node:test";
import { DecidedTables } from "../../../src/core/browse/decidedTables.ts";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import type { CandidateSort, Cursor } from "../../../src/core/browse/types.ts";
import { approvalCounts } from "../../../src/core/review/approval.ts";
import type { CandidateState } from "../../../src/core/review/candidateState.ts";
import { effectiveState, instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Store } from "../../../src/core/store/store.ts";
import { addCandidate, HandClock, newStore, temporaryFolder } from "../store/support.ts";
import { BrowseWorld } from "./world.ts";

const folder = temporaryFolder();

/** What the temporary tables say, in the form of the fold. */
function tablesOf({ connection }: Store): Record<string, unknown> {
  const pairs = (sql: string): Array<[unknown, unknown]> =>
    connection.prepare(sql).raw().all() as Array<[unknown, unknown]>;
  const numbers = (sql: string): unknown[] => connection.prepare(sql).pluck().all();
  return {
    approved: pairs("SELECT id, id FROM temp.decided WHERE state = 'approved' ORDER BY id").map(([id]) => id),
    refused: pairs("SELECT id, reason FROM temp.decided WHERE state = 'refused' ORDER BY id"),
    excluded: pairs("SELECT id, reason FROM temp.excluded ORDER BY id"),
    superseded: pairs("SELECT id, replacement FROM temp.superseded ORDER BY id"),
    leftOut: pairs("SELECT id, id FROM temp.left_out ORDER BY id").map(([id]) => id),
    withdrawn: numbers("SELECT id FROM temp.withdrawn ORDER BY id"),
    disputed: numbers("SELECT 'instruction:' || id FROM temp.decided WHERE state = 'disputed'").sort(),
    overrides: pairs("SELECT 'verdict:' || iteration || ':' || id, half || '' FROM temp.override").sort(),
    scores: pairs("SELECT 'verdict:' || iteration || ':' || id, gap FROM temp.override").sort(),
    corrected: pairs("SELECT id, answer_id FROM temp.corrected ORDER BY id"),
    rejected: pairs("SELECT id, answer_id FROM temp.rejected ORDER BY id, answer_id"),
    finished: pairs("SELECT iteration, iteration FROM temp.finished ORDER BY iteration").map(([number]) => number),
  };
}

function foldOf(store: Store): Record<string, unknown> {
  const state = effectiveState(store.decisions.upTo());
  const byNumber = <T>(entries: Iterable<[number, T]>): Array<[number, T]> => [...entries].sort(([a], [b]) => a - b);
  return {
    approved: byNumber(state.approved).map(([id]) => id),
    refused: byNumber(state.refused).map(([id, { reason }]) => [id, reason]),
    excluded: byNumber(state.excluded),
    superseded: byNumber(state.superseded),
    leftOut: [...new Set([...state.excluded.keys(), ...state.superseded.keys()])].sort((a, b) => a - b),
    withdrawn: [...state.withdrawn].sort((a, b) => a - b),
    disputed: [...state.disputed].filter((subject) => subject.startsWith("instruction:")).sort(),
    overrides: [...state.overrides].map(([subject, { half }]) => [subject, half]).sort(),
    scores: [...state.overrides].map(([subject, { gap }]) => [subject, gap]).sort(),
    corrected: byNumber(state.corrected),
    rejected: byNumber(state.rejected).flatMap(([id, answers]) => [...answers].sort().map((answer) => [id, answer])),
    finished: [...state.finished].sort(),
  };
}

for (const seed of ["a", "b", "c"]) {
  test(`the tables follow the decision log step by step, undos of undos among them, as the fold has it (${seed})`, () => {
    const store = newStore(folder);
    const world = new BrowseWorld(store, seed);
    world.openIteration(1);
    world.addCandidates(1, 12);
    const tables = new DecidedTables(store.connection);
    const seen = new Set<string>();
    for (let step = 0; step < 300; step++) {
      world.decideAnything();
      if (step % 3 === 0) {
        tables.refresh();
        const expected = foldOf(store);
        assert.deepEqual(tablesOf(store), expected, `after ${step} steps`);
        for (const [name, rows] of Object.entries(expected)) {
          if ((rows as unknown[]).length > 0) {
            seen.add(name);
          }
        }
      }
    }
    assert.deepEqual(
      [...seen].sort(),
      Object.keys(tablesOf(store))
        .filter((name) => name !== "finished")
        .sort(),
    );
    const reader = new Store(store.file, { readonly: true });
    tables.refresh();
    new DecidedTables(reader.connection).refresh();
    assert.deepEqual(tablesOf(reader), tablesOf(store), "filled anew");
    reader.close();
  });
}

test("a finished approval is one until it is undone", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "finished");
  const tables = new DecidedTables(store.connection);
  const finish = world.finish(1);
  tables.refresh();
  assert.deepEqual(tablesOf(store), foldOf(store));
  store.decisions.add(
    { actor: "me", kind: "undo", subject: "iteration:1", payload: {}, groupId: "u", undoes: finish },
    1,
  );
  tables.refresh();
  assert.deepEqual(tablesOf(store), foldOf(store));
  assert.deepEqual(tablesOf(store).finished, []);
});

test("only decisions that a pool's counts depend on make them out of date", () => {
  const store = newStore(folder);
  const id = addCandidate(store, "a");
  const tables = new DecidedTables(store.connection);
  const decide = (kind: "approve" | "exclude" | "override", subject: string): boolean => {
    const before = tables.revision;
    store.decisions.add({ actor: "me", kind, subject, payload: {}, groupId: "g" }, 1);
    tables.refresh();
    return tables.revision > before;
  };
  tables.refresh();
  assert.equal(decide("approve", instructionSubject(id)), false);
  assert.equal(decide("exclude", instructionSubject(id)), true);
  assert.equal(decide("override", verdictSubject(1, id)), true);
});

test("a connection that only reads sees what others decide, and writes nothing", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "readonly");
  world.openIteration(1);
  world.addCandidates(1, 3);
  const reader = new Store(store.file, { readonly: true });
  const browser = new PoolBrowser(reader);
  const waiting = (): number | undefined => browser.candidates.counts().find(({ state }) => state === "waiting")?.count;
  const before = waiting();
  const [first] = browser.candidates.page("waiting", { limit: 1 }).rows;
  new Review({ store, clock: new HandClock(), actor: "me" }).approve([first?.id ?? 0]);
  assert.equal(waiting(), (before ?? 0) - 1);
  assert.equal(browser.candidates.get(first?.id ?? 0)?.state, "approved");
  reader.close();
});

test("a database from before the views is refused in one sentence, where it may not be brought up to date", () => {
  const store = newStore(folder);
  store.connection.pragma("user_version = 2");
  const reader = new Store(store.file, { readonly: true });
  assert.throws(() => new PoolBrowser(reader), {
    name: "LionError",
    kind: "environment",
    message: /older version .* trust the folder/,
  });
  reader.close();
});

test("candidates are counted as approval counts them, and their pages hold each of them once, in order", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "candidates");
  world.openIteration(1);
  world.addCandidates(1, 40);
  world.addCandidates(2, 40);
  for (let step = 0; step < 120; step++) {
    world.decideAnything();
  }
  const { candidates } = new PoolBrowser(store);
  const review = new Review({ store, clock: new HandClock(), actor: "me" });
  for (const iteration of [1, 2, undefined]) {
    const expected = approvalCounts(store, iteration);
    const filter = iteration === undefined ? {} : { iteration };
    const buckets = candidates.counts(filter);
    const of = (state: CandidateState) => buckets.find((bucket) => bucket.state === state);
    assert.deepEqual(of("approved")?.byHalf, expected.byHalf);
    for (const state of ["waiting", "approved", "refused", "filtered", "disputed"] as const) {
      assert.equal(of(state)?.count, expected[state], state);
    }
    for (const state of ["waiting", "approved", "refused", "filtered", "excluded", "disputed"] as const) {
      const listed = review.list({ state, ...filter });
      for (const sort of ["oldest", "newest", "length", "nearest"] as const) {
        const rows = allCandidates(candidates, state, sort, filter);
        assert.deepEqual(
          rows.map(({ id }) => id).sort((a, b) => a - b),
          listed.map(({ id }) => id),
          `${state} by ${sort}`,
        );
        assert.deepEqual(
          rows,
          rows.toSorted((a, b) => COMPARE[sort](a, b)),
          `${state} by ${sort}`,
        );
      }
      const [row] = allCandidates(candidates, state, "oldest", filter);
      const [known] = listed;
      assert.deepEqual([row?.reason, row?.half, row?.nearestScore], [known?.reason, known?.half, known?.nearestScore]);
    }
  }
});

interface Sorted {
  readonly id: number;
  readonly text: string;
  readonly nearestScore: number | null;
}

const COMPARE: Readonly<Record<CandidateSort, (a: Sorted, b: Sorted) => number>> = {
  oldest: (a, b) => a.id - b.id,
  newest: (a, b) => b.id - a.id,
  // Texts here are short and of one turn, so that characters stored and shown differ by what is escaped alone.
  length: (a, b) => JSON.stringify(b.text).length - JSON.stringify(a.text).length || b.id - a.id,
  nearest: (a, b) => (b.nearestScore ?? -1) - (a.nearestScore ?? -1) || b.id - a.id,
};

function allCandidates(
  candidates: PoolBrowser["candidates"],
  state: CandidateState,
  sort: CandidateSort,
  filter: { iteration?: number },
): Array<ReturnType<typeof candidates.page>["rows"][number]> {
  const rows: Array<ReturnType<typeof candidates.page>["rows"][number]> = [];
  let after: Cursor | null = null;
  do {
    const page: ReturnType<typeof candidates.page> = candidates.page(state, { limit: 5, sort, after, filter });
    rows.push(...page.rows);
    after = page.next;
    assert.equal(page.left > 0, after !== null);
  } while (after);
  return rows;
}

test("candidates are found by half and by text", () => {
  const store = newStore(folder);
  addCandidate(store, "Sort these numbers", { half: "hard" });
  const easy = addCandidate(store, "Sort these words", { half: "easy" });
  addCandidate(store, "Sort letters", { half: null });
  const { candidates } = new PoolBrowser(store);
  const ids = (filter: Parameters<typeof candidates.counts>[0]) =>
    candidates.page("waiting", { limit: 9, filter: filter ?? {} }).rows.map(({ id }) => id);
  assert.deepEqual(ids({ half: "easy" }), [easy]);
  assert.equal(ids({ half: "imported" }).length, 1);
  assert.deepEqual(ids({ hasText: "these wor" }), [easy]);
  assert.equal(candidates.counts({ hasText: "sort" })[0]?.count, 3);
});
