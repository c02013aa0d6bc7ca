import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveState, halfOf, verdictSubject } from "../../../src/core/review/fold.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addInstruction, HandClock, newStore, temporaryFolder } from "../store/support.ts";
import { addVerdict } from "./verdicts.ts";

const folder = temporaryFolder();
const clock = new HandClock();

function setUp(gap: number | null = 2): { store: Store; judging: Judging; id: number; answer: number } {
  const store = newStore(folder);
  const id = addInstruction(store, "What is it?");
  const answer = addVerdict(store, { instructionId: id, iteration: 1, gap });
  return { store, judging: new Judging({ store, clock, actor: "me" }), id, answer };
}

const stateIn = (store: Store): ReturnType<typeof effectiveState> => effectiveState(store.decisions.upTo());

test("a choice is hard where the teacher is better, else easy, and says what the referee had", () => {
  const { store, judging, id } = setUp();
  const target = { iteration: 1, instructionId: id };
  const halves = (["teacher", "tie", "student", "hard", "easy"] as const).map((choice) => {
    const [decision] = judging.override(target, choice).decisions;
    assert.deepEqual(decision?.payload, { choice, half: decision?.payload.half, referee: "hard" });
    return stateIn(store).overrides.get(verdictSubject(1, id))?.half;
  });
  assert.deepEqual(halves, ["hard", "easy", "easy", "hard", "easy"]);
});

test("agreeing stores what was agreed with and takes an override back", () => {
  const { store, judging, id } = setUp(-3);
  const target = { iteration: 1, instructionId: id };
  judging.override(target, "hard");
  const [decision] = judging.agree(target, { milliseconds: 700 }).decisions;
  assert.deepEqual(decision?.payload, { half: "easy", gap: -3, referee: "easy" });
  assert.equal(stateIn(store).overrides.size, 0);
});

test("scores by hand give a gap without the dirt of binary fractions, and leave the half to τ", () => {
  const { store, judging, id } = setUp(null);
  const target = { iteration: 1, instructionId: id };
  const [decision] = judging.score(target, { teacher: 8.3, student: 7.2 }).decisions;
  assert.deepEqual(decision?.payload, {
    ...{ choice: "scores", teacher: 8.3, student: 7.2, gap: 1.1, referee: null, opinion: "hard" },
  });
  const override = stateIn(store).overrides.get(verdictSubject(1, id));
  assert.deepEqual(override && [halfOf(override, 1.1), halfOf(override, 1.2)], ["hard", "easy"]);
  judging.score(target, { teacher: 1, student: 10 });
});

test("a second opinion in scores disputes a choice that names the other half", () => {
  const { store, judging, id } = setUp();
  const target = { iteration: 1, instructionId: id };
  judging.override(target, "easy");
  new Judging({ store, clock, actor: "you" }).score(target, { teacher: 9, student: 2 }, { second: true });
  assert.deepEqual([...stateIn(store).disputed], [verdictSubject(1, id)]);
});

test("a corrected answer is the person's, linked as the teacher's, and says which one it replaces", () => {
  const { store, judging, id, answer } = setUp();
  const first = judging.correct(id, "It is otherwise.", { note: "checked" });
  assert.deepEqual(first.decisions[0]?.payload, { answerId: first.answerId, replaces: answer, note: "checked" });
  const { origin, writtenBy, role, kind, finishReason } = store.ledger.answer(first.answerId);
  assert.deepEqual(
    { origin, writtenBy, role, kind, finishReason },
    {
      ...{ origin: "person", writtenBy: "me", role: "teacher", kind: "complete", finishReason: "stop" },
    },
  );
  assert.ok(store.ledger.answersOf(id, "teacher").some((one) => one.id === first.answerId));
  assert.equal(stateIn(store).corrected.get(id), first.answerId);
  const second = judging.correct(id, "It is so after all.");
  assert.equal(second.decisions[0]?.payload.replaces, first.answerId);
  new Undoing({ store, clock, actor: "me" }).undo();
  assert.equal(stateIn(store).corrected.get(id), first.answerId);
});

test("a rejected answer is used no more, and none of it is replaced by a later correction", () => {
  const { store, judging, id, answer } = setUp();
  judging.reject(id, answer, { note: "wrong" });
  assert.deepEqual([...(stateIn(store).rejected.get(id) ?? [])], [answer]);
  assert.equal(judging.correct(id, "It is otherwise.").decisions[0]?.payload.replaces, null);
});

test("what cannot be judged is told in one sentence, and nothing of it is stored", () => {
  const { store, judging, id, answer } = setUp();
  const unscored = addInstruction(store, "And this?");
  addVerdict(store, { instructionId: unscored, iteration: 1, gap: null });
  const target = { iteration: 1, instructionId: id };
  const cases: Array<[() => unknown, RegExp]> = [
    [() => judging.override({ ...target, iteration: 2 }, "easy"), /has no verdict in iteration 2/],
    [() => judging.agree({ ...target, instructionId: 999 }), /no instruction #999/],
    [() => judging.agree({ ...target, instructionId: unscored }), /is unscored, so there is nothing to agree with/],
    [() => judging.score(target, { teacher: 0.5, student: 5 }), /0\.5 is no score for the teacher's answer/],
    [() => judging.score(target, { teacher: 5, student: 10.01 }), /10\.01 is no score for the student's answer/],
    [() => judging.score(target, { teacher: 5.125, student: 5 }), /two decimals at most/],
    [() => judging.score(target, { teacher: Number.NaN, student: 5 }), /NaN is no score/],
    [() => judging.correct(id, "  \n"), /is empty/],
    [() => judging.correct(id, "a\0b"), /NUL character/],
    [() => judging.correct(id, "a\ud800"), /half a character/],
    [() => judging.correct(id, "It is so."), /is what it was/],
    [() => judging.reject(unscored, answer), /is no teacher's answer to/],
  ];
  const answers = (): unknown => store.connection.prepare("SELECT count(*) FROM answer").pluck().get();
  const before = answers();
  for (const [act, sentence] of cases) {
    assert.throws(act, { name: "LionError", kind: "input", message: sentence });
  }
  assert.deepEqual(store.decisions.upTo(), []);
  assert.equal(answers(), before);
});

test("an excluded instruction is not judged before that is undone", () => {
  const { store, judging, id, answer } = setUp();
  new Review({ store, clock, actor: "me" }).exclude([id], "private");
  const acts = [
    () => judging.agree({ iteration: 1, instructionId: id }),
    () => judging.correct(id, "It is otherwise."),
    () => judging.reject(id, answer),
  ];
  for (const act of acts) {
    assert.throws(act, { kind: "input", message: /is excluded: undo that first/ });
  }
});
