import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { contentHash, singleTurn } from "../../../src/core/pool/instruction.ts";
import { type EffectiveState, effectiveState } from "../../../src/core/review/fold.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import { Store } from "../../../src/core/store/store.ts";
import { addCandidate, HandClock, newStore, temporaryFolder } from "../store/support.ts";
import { addVerdict } from "./verdicts.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const PEOPLE = ["me", "you"] as const;

/** Every row of every table but those that an act and its undo leave something in. */
function tablesOf({ connection }: Store): Record<string, unknown[]> {
  const names = connection
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('decision', 'claim', 'sqlite_sequence')",
    )
    .pluck()
    .all() as string[];
  return Object.fromEntries(names.map((name) => [name, connection.prepare(`SELECT * FROM "${name}"`).raw().all()]));
}

/** What the decisions amount to, so that two states can be compared. */
function plain(state: EffectiveState): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, [...value].map((entry) => JSON.stringify(entry)).sort()]),
  );
}

function stateOf(store: Store): Record<string, unknown> {
  return plain(effectiveState(store.decisions.upTo()));
}

test("every table but the log is the same after an act and its undo, also for a bulk of 5,000, also after reopening", () => {
  const store = newStore(folder);
  const ids = store.write(() => Array.from({ length: 5000 }, (_, at) => addCandidate(store, `task ${at}`)));
  const [first = 0] = ids;
  addVerdict(store, { instructionId: first, iteration: 1, gap: 2 });
  const before = tablesOf(store);
  const blank = stateOf(store);
  const review = new Review({ store, clock, actor: "me" });
  const judging = new Judging({ store, clock, actor: "me" });
  const acts: Array<() => unknown> = [
    () => review.approve(ids),
    () => review.refuse([first], "dull"),
    () => review.refuse(ids, "dull"),
    () => judging.override({ iteration: 1, instructionId: first }, "easy"),
    () => judging.score({ iteration: 1, instructionId: first }, { teacher: 3, student: 9.5 }),
    () => judging.agree({ iteration: 1, instructionId: first }),
    () => review.exclude(ids, "private"),
  ];
  for (const act of acts) {
    act();
  }
  const after = stateOf(store);
  assert.deepEqual(tablesOf(store), before);
  const reopened = new Store(store.file);
  try {
    const undoing = new Undoing({ store: reopened, clock, actor: "me" });
    const counts = acts.map(() => undoing.undo().count);
    assert.deepEqual(counts, [5000, 1, 1, 1, 5000, 1, 5000]);
    assert.equal(undoing.undo().count, 0);
    assert.deepEqual(stateOf(reopened), blank);
    assert.deepEqual(tablesOf(reopened), before);
    assert.deepEqual(
      acts.map(() => undoing.redo().count),
      counts.toReversed(),
    );
    assert.deepEqual(stateOf(reopened), after);
    assert.deepEqual(tablesOf(reopened), before);
  } finally {
    reopened.close();
  }
});

test("an act on 5,000 candidates is stored in a moment", (context) => {
  const store = newStore(folder);
  const ids = store.write(() => Array.from({ length: 5000 }, (_, at) => addCandidate(store, `task ${at}`)));
  const begun = performance.now();
  new Review({ store, clock, actor: "me" }).approve(ids);
  const milliseconds = performance.now() - begun;
  context.diagnostic(`approving 5,000 candidates took ${milliseconds.toFixed(0)} ms`);
  // Alone on its machine it takes 60 ms; a check by check would take a second.
  assert.ok(milliseconds < 500, `${milliseconds} ms`);
});

const STEP = fc.record({
  who: fc.constantFrom(...PEOPLE),
  what: fc.constantFrom(
    ...(["approve", "refuse", "exclude", "bulk", "edit", "override", "agree", "score"] as const),
    ...(["correct", "reject", "undo", "redo"] as const),
  ),
  which: fc.nat(5),
  second: fc.boolean(),
});

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** Two people at work on a few candidates, each of which has a verdict too. */
class Pair {
  readonly store = newStore(folder);
  readonly ids: number[];
  readonly #answers: readonly number[];
  #texts = 0;

  constructor() {
    this.ids = Array.from({ length: 6 }, (_, at) => addCandidate(this.store, `task ${at}`));
    this.#answers = this.ids.map((instructionId) => addVerdict(this.store, { instructionId, iteration: 1, gap: 2 }));
  }

  /** Does a step, where it can be done at all. */
  step({ who, what, which, second }: Step): void {
    const by = { store: this.store, clock, actor: who };
    const review = new Review(by);
    const judging = new Judging(by);
    const id = this.ids.at(-1 - which) ?? 0;
    const target = { iteration: 1, instructionId: this.ids[which] ?? 0 };
    const acts: Readonly<Record<Step["what"], () => unknown>> = {
      approve: () => review.approve([id], { second }),
      refuse: () => review.refuse([id], "dull", { second }),
      exclude: () => review.exclude([id], "private"),
      bulk: () => review.approve(this.ids.slice(which)),
      edit: () => this.#edit(review, id),
      override: () => judging.override(target, second ? "hard" : "tie", { second: which > 2 }),
      agree: () => judging.agree(target, { second }),
      score: () => judging.score(target, { teacher: 5, student: 1 + which }),
      correct: () => judging.correct(target.instructionId, `answer ${this.#texts++}`),
      reject: () => judging.reject(target.instructionId, this.#answers[which] ?? 0),
      undo: () => new Undoing(by).undo(),
      redo: () => new Undoing(by).redo(),
    };
    try {
      acts[what]();
    } catch (error) {
      // Some of what comes up cannot be decided so; what is no sentence for a person is a defect.
      assert.equal((error as Error).name, "LionError", String(error));
    }
  }

  #edit(review: Review, id: number): void {
    const text = { instruction: `edited ${this.#texts++}`, input: "" };
    const checked = {
      ...{ contentHash: contentHash(singleTurn(text.instruction)), filter: null, filterDetail: null },
      ...{ nearestId: null, nearestScore: null },
    };
    this.ids.push(review.edit(id, text, checked).replacement);
  }
}

test("undoing all that a person did leaves what the other did, and redoing it all makes it again", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), fc.constantFrom(...PEOPLE), (steps, who) => {
      const pair = new Pair();
      const { store } = pair;
      for (const step of steps) {
        pair.step(step);
      }
      const undoing = new Undoing({ store, clock, actor: who });
      const before = stateOf(store);
      const states: Array<Record<string, unknown>> = [];
      for (;;) {
        states.push(stateOf(store));
        const { undo } = undoing.next();
        const { count, subjects } = undoing.undo();
        assert.equal(count, undo.length);
        assert.deepEqual([...subjects], [...new Set(undo.map(({ subject }) => subject))]);
        if (count === 0) {
          break;
        }
        assert.equal(undoing.redo().count, count);
        assert.deepEqual(stateOf(store), states.at(-1), "an undo and its redo");
        assert.equal(undoing.undo().count, count);
      }
      const others = store.decisions.upTo().filter(({ actor }) => actor !== who);
      const { withdrawn, ...left } = stateOf(store);
      const { withdrawn: _, ...expected } = plain(effectiveState(others));
      assert.deepEqual(left, expected);
      for (const state of states.slice(0, -1).reverse()) {
        assert.ok(undoing.redo().count > 0);
        assert.deepEqual(stateOf(store), state);
      }
      assert.deepEqual(stateOf(store), before);
      store.close();
    }),
    { numRuns: 30 },
  );
});
