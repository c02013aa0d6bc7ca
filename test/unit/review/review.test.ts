import assert from "node:assert/strict";
import { test } from "node:test";
import { singleTurn } from "../../../src/core/pool/instruction.ts";
import { nextTrainPool } from "../../../src/core/review/pools.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();

function setUp(count = 3): { store: Store; review: Review; ids: number[] } {
  const store = newStore(folder);
  const ids = Array.from({ length: count }, (_, i) =>
    addCandidate(store, `task ${i}`, { half: i % 2 ? "easy" : "hard" }),
  );
  return { store, review: new Review({ store, clock, actor: "me" }), ids };
}

/** Takes back a person's last act. Returns how many decisions that were. */
function undo(store: Store, actor = "me"): number {
  return new Undoing({ store, clock, actor }).undo().count;
}

function states(review: Review): Record<number, string> {
  return Object.fromEntries(review.list().map(({ id, state }) => [id, state]));
}

test("candidates are listed by state, half and iteration, oldest first", () => {
  const { store, review, ids } = setUp();
  const filtered = addCandidate(store, "no", {
    filter: "too-short",
    filterDetail: "1 word",
    nearestId: ids[0] ?? 0,
    nearestScore: 0.5,
  });
  addCandidate(store, "later", { iteration: 2 });
  review.refuse([ids[1] ?? 0], "dull", { note: "very" });
  assert.deepEqual(
    review.list({ state: "waiting", iteration: 1 }).map(({ id }) => id),
    [ids[0], ids[2]],
  );
  assert.deepEqual(
    review.list({ half: "easy" }).map(({ id }) => id),
    [ids[1]],
  );
  assert.equal(review.list({ state: "refused" })[0]?.reason, "dull");
  const [listed] = review.list({ state: "filtered" });
  assert.deepEqual([listed?.id, listed?.reason, listed?.nearestScore], [filtered, "1 word", 0.5]);
  assert.equal(review.list({ iteration: 2 }).length, 1);
});

test("a bulk decision is one group, which undo takes back as a whole", () => {
  const { store, review, ids } = setUp();
  review.refuse([ids[0] ?? 0], "dull");
  review.approve([...ids, ...ids]);
  assert.equal(store.decisions.upTo().length, 4);
  assert.equal(new Set(store.decisions.upTo().map(({ groupId }) => groupId)).size, 2);
  assert.equal(undo(store), 3);
  assert.deepEqual(Object.values(states(review)), ["refused", "waiting", "waiting"]);
  assert.equal(undo(store), 1);
  assert.deepEqual(Object.values(states(review)), ["waiting", "waiting", "waiting"]);
  assert.equal(undo(store), 0);
  assert.equal(store.decisions.upTo().length, 8);
});

test("undo takes back one's own acts only", () => {
  const { store, review, ids } = setUp();
  const [first = 0, second = 0] = ids;
  const other = new Review({ store, clock, actor: "you" });
  review.approve([first]);
  other.refuse([second], "dull");
  assert.equal(undo(store), 1);
  assert.equal(states(review)[second], "refused");
  assert.equal(undo(store, "you"), 1);
  assert.equal(states(review)[second], "waiting");
});

test("what cannot be decided is told in one sentence, and nothing of the act is stored", () => {
  const { store, review, ids } = setUp();
  const [first = 0] = ids;
  const plain = addInstruction(store, "no candidate");
  const filtered = addCandidate(store, "short", { filter: "too-short" });
  const cases: Array<[() => void, RegExp]> = [
    [() => review.approve([first, 999]), /no instruction #999/],
    [() => review.approve([first, plain]), new RegExp(`#${plain} is no candidate`)],
    [
      () => review.approve([first, filtered]),
      new RegExp(`#${filtered} was refused by the filter "too-short": say --overrule`),
    ],
    [() => review.refuse([first, filtered], "x"), /refused by the filter "too-short" already/],
    [() => review.refuse([first], "  "), /reason is needed/],
    [() => review.exclude([first, 999], "x"), /no instruction #999/],
  ];
  for (const [act, sentence] of cases) {
    assert.throws(act, { name: "LionError", kind: "input", message: sentence });
  }
  assert.deepEqual(store.decisions.upTo(), []);
  review.approve([filtered], { overrule: true });
  assert.equal(states(review)[filtered], "approved");
});

test("a candidate that equals an evaluation instruction cannot be approved", () => {
  const { store, review, ids } = setUp();
  store.instructions.insert({ ...singleTurn("task 0"), origin: "imported", purpose: "evaluation" }, 1);
  assert.throws(() => review.approve(ids), { message: /evaluation instruction/ });
});

test("excluded instructions cannot be decided about, and come back by undo", () => {
  const { store, review, ids } = setUp();
  const [first = 0] = ids;
  review.approve([first]);
  review.exclude([first], "private");
  assert.equal(states(review)[first], "excluded");
  assert.equal(review.list({ state: "excluded" })[0]?.reason, "private");
  assert.throws(() => review.refuse([first], "x"), { message: /is excluded/ });
  undo(store);
  assert.equal(states(review)[first], "approved");
});

test("the next Train pool is what is approved, new and not excluded, up to a decision", () => {
  const { store, review, ids } = setUp(4);
  const [a = 0, b = 0, c = 0, d = 0] = ids;
  review.approve([d, a, b]);
  const floor = store.decisions.highestId();
  review.approve([c]);
  review.exclude([b], "private");
  assert.deepEqual(nextTrainPool(store, floor), [a, b, d]);
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [a, c, d]);
  store.pools.add("train", 2, [a]);
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [c, d]);
});

test("an edited candidate goes into the pool as its latest version", () => {
  const { store, review, ids } = setUp(3);
  const [a = 0, b = 0, c = 0] = ids;
  review.approve(ids);
  const edited = store.instructions.insert({ ...singleTurn("better"), origin: "edited", supersedes: b }, 1);
  store.decisions.add(
    { actor: "me", kind: "edit", subject: `instruction:${b}`, payload: { replacement: edited }, groupId: "e" },
    1,
  );
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [a, edited, c]);
  review.exclude([edited], "worse");
  assert.deepEqual(nextTrainPool(store, store.decisions.highestId()), [a, c]);
});

test("undoing an approval after the pools are made excludes instead, since a pool never shrinks", () => {
  const { store, review, ids } = setUp();
  const [a = 0, b = 0] = ids;
  review.approve([b]);
  review.approve([a]);
  store.pools.add("cache", 2, [a]);
  store.pools.add("train", 2, [a]);
  assert.throws(() => review.refuse([a], "x"), { message: /in the pools already.*exclude it/ });
  assert.equal(undo(store), 1);
  assert.equal(states(review)[a], "excluded");
  assert.ok(store.pools.isInCache(a));
  // The next undo goes on to the act before, not back.
  assert.equal(undo(store), 1);
  assert.equal(states(review)[b], "waiting");
  assert.equal(states(review)[a], "excluded");
});

test("a finished approval can be undone until the next iteration has begun", () => {
  const { store } = setUp();
  const finish = { actor: "me", kind: "finish", subject: "iteration:1", payload: {}, groupId: "f" } as const;
  store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  store.decisions.add(finish, 1);
  assert.equal(undo(store), 1);
  store.decisions.add({ ...finish, groupId: "g" }, 1);
  store.iterations.open({ number: 2, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  assert.throws(() => undo(store), { kind: "input", message: /Iteration 2 has begun/ });
});
