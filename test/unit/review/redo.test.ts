import assert from "node:assert/strict";
import { test } from "node:test";
import { contentHash, singleTurn } from "../../../src/core/pool/instruction.ts";
import { finishApproval, isFinished } from "../../../src/core/review/approval.ts";
import { stateOf } from "../../../src/core/review/candidateState.ts";
import { effectiveState } from "../../../src/core/review/fold.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";
import { addTeacherAnswer } from "./verdicts.ts";

const folder = temporaryFolder();
const clock = new HandClock();

function setUp(): { store: Store; review: Review; undoing: Undoing; ids: [number, number, number] } {
  const store = newStore(folder);
  const by = { store, clock, actor: "me" };
  const ids = ["a", "b", "c"].map((text) => addCandidate(store, `task ${text}`)) as [number, number, number];
  return { store, review: new Review(by), undoing: new Undoing(by), ids };
}

function states(store: Store, ids: readonly number[]): string[] {
  const decided = effectiveState(store.decisions.upTo());
  return ids.map((instructionId) => stateOf({ instructionId, filter: null }, decided));
}

/** Makes an iteration's checkpoint of some instructions. */
function train(store: Store, iteration: number, ids: readonly number[]): void {
  store.pools.add("train", iteration, ids);
  store.pools.add("cache", iteration, ids);
  store.iterations.open({ number: iteration, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  store.iterations.begin(iteration, "imitation", store.decisions.highestId(), 1);
  store.training.addCheckpoint(
    { iteration, jobId: null, directory: "d", weightsSha256: "w", template: "lion", manifest: {}, parentId: null },
    1,
  );
}

test("redo makes the last undone act again, and so on, until there is none", () => {
  const { store, review, undoing, ids } = setUp();
  assert.deepEqual(undoing.redo(), { count: 0, subjects: [], kinds: [], trained: [] });
  review.approve([ids[0], ids[1]]);
  review.refuse([ids[2]], "dull");
  undoing.undo();
  undoing.undo();
  assert.equal(undoing.undo().count, 0);
  assert.deepEqual(states(store, ids), ["waiting", "waiting", "waiting"]);
  assert.deepEqual(undoing.redo(), {
    ...{ count: 2, subjects: [`instruction:${ids[0]}`, `instruction:${ids[1]}`], kinds: ["approve"], trained: [] },
  });
  assert.deepEqual(
    undoing.next().redo.map(({ kind }) => kind),
    ["refuse"],
  );
  assert.equal(undoing.redo().count, 1);
  assert.equal(undoing.redo().count, 0);
  assert.deepEqual(states(store, ids), ["approved", "approved", "refused"]);
});

test("a new act ends what could be redone, of this person alone", () => {
  const { store, review, undoing, ids } = setUp();
  review.approve([ids[0]]);
  undoing.undo();
  new Review({ store, clock, actor: "you" }).approve([ids[1]]);
  assert.equal(undoing.next().redo.length, 1);
  review.approve([ids[2]]);
  assert.equal(undoing.redo().count, 0);
  undoing.undo();
  undoing.redo();
  assert.equal(undoing.redo().count, 0);
  assert.deepEqual(states(store, ids), ["waiting", "approved", "approved"]);
});

test("what was undone, redone and undone again can be redone again", () => {
  const { store, review, undoing, ids } = setUp();
  review.approve([ids[0]]);
  review.approve([ids[1]]);
  for (let round = 0; round < 5; round++) {
    undoing.undo();
    undoing.undo();
    undoing.redo();
    undoing.undo();
    assert.deepEqual(states(store, ids), ["waiting", "waiting", "waiting"]);
    undoing.redo();
    undoing.redo();
    assert.deepEqual(states(store, ids), ["approved", "approved", "waiting"]);
  }
});

test("undoing an approval that was trained on says which checkpoint contains it, and redo takes the exclusion back", () => {
  const { store, review, undoing, ids } = setUp();
  review.approve([ids[0], ids[1]]);
  train(store, 1, [ids[0]]);
  const undone = undoing.undo();
  assert.deepEqual(undone.trained, [{ instructionId: ids[0], checkpoint: 1 }]);
  assert.equal(undone.count, 2);
  assert.deepEqual(states(store, ids), ["excluded", "waiting", "waiting"]);
  assert.deepEqual(undoing.next().undo, []);
  assert.equal(undoing.redo().count, 2);
  assert.deepEqual(states(store, ids), ["approved", "approved", "waiting"]);
  assert.equal(undoing.undo().count, 2);
  assert.deepEqual(states(store, ids), ["excluded", "waiting", "waiting"]);
});

test("an answer that was corrected before the training is in its checkpoint, one that was corrected later is not", () => {
  const { store, undoing, ids } = setUp();
  const judging = new Judging({ store, clock, actor: "me" });
  addTeacherAnswer(store, ids[0]);
  judging.correct(ids[0], "It is otherwise.");
  train(store, 1, [ids[0]]);
  judging.correct(ids[0], "It is otherwise still.");
  assert.deepEqual(undoing.undo().trained, []);
  assert.deepEqual(undoing.undo().trained, [{ instructionId: ids[0], checkpoint: 1 }]);
});

test("undoing an edit that was trained on excludes what it made, and the original waits again", () => {
  const { store, review, undoing, ids } = setUp();
  const checked = { filter: null, filterDetail: null, nearestId: null, nearestScore: null };
  const { replacement } = review.edit(
    ids[0],
    { instruction: "better", input: "" },
    { ...checked, contentHash: contentHash(singleTurn("better")) },
  );
  assert.deepEqual(states(store, [ids[0], replacement]), ["replaced", "waiting"]);
  train(store, 1, [replacement]);
  assert.deepEqual(undoing.undo().trained, [{ instructionId: replacement, checkpoint: 1 }]);
  assert.deepEqual(states(store, [ids[0], replacement]), ["waiting", "excluded"]);
  undoing.redo();
  assert.deepEqual(states(store, [ids[0], replacement]), ["replaced", "waiting"]);
});

test("a finished approval that was undone can be redone", () => {
  const { store, review, undoing, ids } = setUp();
  store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  store.iterations.begin(1, "generation", 0, 1);
  review.approve([...ids]);
  finishApproval(store, clock, "me");
  undoing.undo();
  assert.equal(isFinished(store, 1), false);
  assert.deepEqual(undoing.redo().kinds, ["finish"]);
  assert.ok(isFinished(store, 1));
});
