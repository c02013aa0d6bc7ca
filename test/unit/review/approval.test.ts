import assert from "node:assert/strict";
import { test } from "node:test";
import {
  approvalCounts,
  approveByPolicy,
  finishApproval,
  isFinished,
  missingTo,
  POLICY_ACTOR,
  sampleState,
} from "../../../src/core/review/approval.ts";
import { upperBound } from "../../../src/core/review/clopperPearson.ts";
import { effectiveState } from "../../../src/core/review/fold.ts";
import { currentPools } from "../../../src/core/review/pools.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const approval = { mode: "sample", sampleSize: 20, maxRefusalRate: 0.2, confidence: 0.95 };
const config = smallConfig({ approval });

function setUp(count: number): { store: Store; review: Review; ids: number[] } {
  const store = newStore(folder);
  store.iterations.open({ number: 1, config: config, prompts: {}, decisionFloor: 0 }, 1);
  const ids = store.write(() =>
    Array.from({ length: count }, (_, i) => addCandidate(store, `task ${i}`, { half: i % 2 ? "easy" : "hard" })),
  );
  return { store, review: new Review({ store, clock, actor: "me" }), ids };
}

function decide(store: Store, mode: "manual" | "auto" | "sample"): string[] {
  const notes: string[] = [];
  approveByPolicy(store, clock, { iteration: 1, mode, config, note: (text) => notes.push(text) });
  return notes;
}

const sampleOf = (store: Store): ReturnType<typeof sampleState> =>
  sampleState(store.candidates.ofIteration(1), effectiveState(store.decisions.upTo()), config);

test("the upper bound is Clopper and Pearson's", () => {
  // With no hit the bound is 1 − (1 − confidence)^(1/n); the other values are qbeta(0.95, hits + 1, n − hits).
  assert.ok(Math.abs(upperBound(0, 100, 0.95) - (1 - 0.05 ** (1 / 100))) < 1e-12);
  assert.ok(Math.abs(upperBound(1, 100, 0.95) - 0.04656) < 1e-5);
  assert.ok(Math.abs(upperBound(5, 20, 0.95) - 0.45558) < 1e-5);
  assert.equal(upperBound(0, 0, 0.95), 1);
  assert.equal(upperBound(7, 7, 0.95), 1);
  assert.ok(upperBound(0, 10_000, 0.95) > 0 && upperBound(0, 10_000, 0.95) < 0.0004);
});

test("counts by state and, of the approved, by half; excluded ones are in none", () => {
  const { store, review, ids } = setUp(6);
  addCandidate(store, "no", { filter: "too-short" });
  const imported = addCandidate(store, "imported", { half: null });
  addCandidate(store, "elsewhere", { iteration: 2 });
  const [a = 0, b = 0, c = 0, d = 0] = ids;
  review.approve([a, b, imported]);
  review.refuse([c], "dull");
  review.exclude([d], "private");
  const expected = {
    ...{ waiting: 2, approved: 3, refused: 1, filtered: 1, disputed: 0 },
    byHalf: { hard: 1, easy: 1, imported: 1 },
  };
  assert.deepEqual(approvalCounts(store, 1), expected);
  assert.deepEqual(approvalCounts(store), { ...expected, waiting: 3 });
  assert.equal(missingTo(10, expected), 7);
  assert.equal(missingTo(2, expected), 0);
});

test("manual decides nothing; auto approves what waits, in the policy's name and as one group", () => {
  const { store, review, ids } = setUp(5);
  addCandidate(store, "no", { filter: "too-short" });
  addCandidate(store, "elsewhere", { iteration: 2 });
  review.refuse([ids[0] ?? 0], "dull");
  decide(store, "manual");
  assert.equal(store.decisions.highestId(), 1);
  decide(store, "auto");
  const rows = store.decisions.upTo().slice(1);
  assert.equal(rows.length, 4);
  assert.ok(rows.every(({ actor, groupId }) => actor === POLICY_ACTOR && groupId === rows[0]?.groupId));
  assert.deepEqual(approvalCounts(store, 1).refused, 1);
  decide(store, "auto");
  assert.equal(store.decisions.upTo().length, 5);
});

test("sample: nothing is accepted before a person has seen the sample, then the rest is", () => {
  const { store, review } = setUp(200);
  const [note = ""] = decide(store, "sample");
  assert.match(note, /20 of a random sample of 20 candidates wait for a person/);
  assert.equal(approvalCounts(store, 1).waiting, 200);
  const { sample } = sampleOf(store);
  assert.deepEqual(
    review.list({ iteration: 1, sampleOf: config }).map(({ id }) => id),
    sample.toSorted((a, b) => a - b),
  );
  review.approve(sample);
  assert.match(decide(store, "sample")[0] ?? "", /0 of 20 .* no more than 13\.9 %.*accepted/);
  assert.deepEqual(approvalCounts(store, 1).approved, 200);
});

test("sample: when the bound is not under the limit, all the rest waits", () => {
  const { store, review } = setUp(200);
  const { sample } = sampleOf(store);
  review.refuse(sample.slice(0, 1), "dull");
  review.approve(sample.slice(1));
  // 1 of 20 refused: up to 21.6 % of all may be bad.
  assert.match(
    decide(store, "sample")[0] ?? "",
    /1 of 20 .* up to 21\.6 %.* 20\.0 % is the limit: all candidates wait/,
  );
  assert.equal(approvalCounts(store, 1).waiting, 180);
});

test("sample: candidates that top up may enter the sample, and what the policy accepted counts as unseen", () => {
  const { store, review } = setUp(200);
  review.approve(sampleOf(store).sample);
  decide(store, "sample");
  store.write(() => {
    for (let i = 0; i < 400; i++) {
      addCandidate(store, `later ${i}`);
    }
  });
  const state = sampleOf(store);
  assert.ok(state.pending.length > 0 && state.pending.length < 20);
  assert.equal(state.inspected + state.pending.length, 20);
  const mostlyUnseen = setUp(100);
  decide(mostlyUnseen.store, "auto");
  assert.equal(sampleOf(mostlyUnseen.store).inspected, 0);
  assert.equal(sampleOf(mostlyUnseen.store).acceptable, false);
});

test("the sample depends on the seed and is spread over all candidates", () => {
  const { store } = setUp(400);
  const decided = effectiveState([]);
  const drawn = (seed: number): readonly number[] =>
    sampleState(store.candidates.ofIteration(1), decided, { ...config, seed }).sample;
  assert.deepEqual(drawn(1), drawn(1));
  assert.notDeepEqual(drawn(1), drawn(2));
  const hits = Array.from({ length: 200 }, (_, seed) => drawn(seed)).flat();
  const mean = hits.reduce((sum, id) => sum + id, 0) / hits.length;
  // 4,000 draws of ids 1 to 400: the mean's standard error is 1.8.
  assert.ok(Math.abs(mean - 200.5) < 8, String(mean));
});

test("finishing says what there is and what is missing, and the pools switch as one looks at them", () => {
  const { store, review, ids } = setUp(6);
  const old = addInstruction(store, "old");
  store.pools.add("train", 1, [old]);
  store.pools.add("cache", 1, [old]);
  assert.throws(() => finishApproval(store, clock, "me"), { kind: "input", message: /no approval to finish yet/ });
  store.iterations.begin(1, "generation", 0, 1);
  assert.throws(() => finishApproval(store, clock, "me"), { message: /Nothing is approved in iteration 1 \(6 wait\)/ });
  review.approve(ids.slice(0, 3));
  assert.deepEqual(currentPools(store), { iteration: 1, train: [old], cache: [old] });
  const finished = finishApproval(store, clock, "me");
  assert.deepEqual(finished, { iteration: 1, approved: 3, byHalf: { hard: 2, easy: 1, imported: 0 }, missing: 7 });
  assert.ok(isFinished(store, 1));
  assert.deepEqual(currentPools(store), { iteration: 2, train: ids.slice(0, 3), cache: [old, ...ids.slice(0, 3)] });
  assert.throws(() => finishApproval(store, clock, "me"), { message: /finished already/ });
  new Undoing({ store, clock, actor: "me" }).undo();
  assert.equal(isFinished(store, 1), false);
});
