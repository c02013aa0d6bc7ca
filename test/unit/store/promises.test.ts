import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewAnswer, NewRequest } from "../../../src/core/store/ledger.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { type AnswerDecisions, NOTHING_DECIDED } from "../../../src/core/store/usableAnswer.ts";
import { addCandidate, addInstruction, newStore, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

function answer(text: string, changes: Partial<NewAnswer> = {}): NewAnswer {
  return {
    requestKey: null,
    role: "teacher",
    origin: "model",
    writtenBy: "m-2026",
    profile: "t",
    modelAsked: "m",
    parameters: "{}",
    text,
    kind: "complete",
    finishReason: "stop",
    inputTokens: 1,
    outputTokens: 1,
    cost: 5,
    ...changes,
  };
}

function request(key: string): NewRequest {
  return {
    key,
    role: "teacher",
    profile: "t",
    model: "m",
    promptVersion: "plain/1",
    draw: 0,
    parameters: "{}",
    instructionId: null,
    iteration: 1,
  };
}

function run(store: Store, sql: string): () => void {
  return () => store.connection.exec(sql);
}

test("instructions, answers and decisions are never changed nor deleted", () => {
  const store = newStore(folder);
  addInstruction(store, "a");
  store.ledger.insertAnswer(answer("x"), 1);
  store.decisions.add({ actor: "me", kind: "approve", subject: "instruction:1", payload: {}, groupId: "g" }, 1);
  for (const table of ["instruction", "answer", "decision"]) {
    assert.throws(run(store, `UPDATE ${table} SET created_at = 2`), new RegExp(`${table} is never updated`));
    assert.throws(run(store, `DELETE FROM ${table}`), new RegExp(`${table} is never deleted`));
  }
});

test("an instruction joins the Cache once, and the pools keep the order in which members came", () => {
  const store = newStore(folder);
  const [a, b, c] = ["a", "b", "c"].map((text) => addInstruction(store, text)) as [number, number, number];
  store.pools.add("cache", 1, [b, a]);
  store.pools.add("cache", 1, [a]);
  store.pools.add("cache", 2, [b, c]);
  assert.deepEqual(store.pools.cache(1), [b, a]);
  assert.deepEqual(store.pools.cache(2), [b, a, c]);
  store.pools.add("train", 1, [a, b]);
  store.pools.add("train", 2, [c, a]);
  assert.deepEqual(store.pools.train(2), [c, a]);
  assert.deepEqual(store.pools.everTrained(), new Set([a, b, c]));
});

test("a rating has two scores from 1 to 10, or a reason why it has none", () => {
  const store = newStore(folder);
  const instructionId = addInstruction(store, "a");
  const [teacherAnswerId, studentAnswerId, answerId] = ["t", "s", "r"].map(
    (text) => store.ledger.insertAnswer(answer(text), 1).id,
  ) as [number, number, number];
  const pair = {
    instructionId,
    iteration: 1,
    firstShown: "teacher",
    teacherAnswerId,
    studentAnswerId,
    answerId,
  } as const;
  const add = (scores: { teacher: number; student: number } | null, unparsed: string | null): void =>
    store.ratings.add({ ...pair, promptVersion: "p", scores, unparsed }, 1);
  assert.throws(() => add({ teacher: 11, student: 5 }, null), /CHECK/);
  assert.throws(() => add(null, null), /CHECK/);
  assert.throws(() => add({ teacher: 8, student: 5 }, "also a reason"), /CHECK/);
  add({ teacher: 8, student: 5.5 }, null);
  add({ teacher: 3, student: 3 }, null);
  assert.equal([...store.ratings.all()].length, 1);
  assert.deepEqual([...store.ratings.all()][0]?.scores, { teacher: 8, student: 5.5 });
});

test("what was sent counts until its outcome is known, and after a crash it is lost but stays counted", () => {
  const store = newStore(folder);
  const settled = store.ledger.recordSent(request("k1"), 100, 1);
  store.ledger.settle(settled, answer("x", { requestKey: "k1" }), 2);
  store.ledger.recordSent(request("k2"), 100, 1);
  assert.deepEqual(store.ledger.spending("t"), { calls: 2, cost: 105 });
  assert.equal(store.ledger.markLost(3), 1);
  assert.equal(store.ledger.markLost(3), 0);
  assert.deepEqual(store.ledger.spending("t"), { calls: 2, cost: 105 });
  assert.equal(store.ledger.answerTo("k1")?.text, "x");
  assert.equal(store.ledger.answerTo("k2"), null);
});

test("a request has one answer: storing it twice is refused as a whole", () => {
  const store = newStore(folder);
  const first = store.ledger.recordSent(request("k"), 0, 1);
  const second = store.ledger.recordSent(request("k"), 0, 1);
  store.ledger.settle(first, answer("x", { requestKey: "k" }), 2);
  assert.throws(() => store.ledger.settle(second, answer("y", { requestKey: "k" }), 2), /UNIQUE/);
  assert.equal(store.ledger.answerTo("k")?.text, "x");
  assert.equal(store.ledger.markLost(3), 1);
});

test("requests that failed for good are listed, and can be opened again", () => {
  const store = newStore(folder);
  const attempt = store.ledger.recordSent(request("k"), 50, 1);
  store.ledger.recordFailure(attempt, "refused", { final: true, charged: false }, 2);
  assert.equal(store.ledger.failureOf("k"), "refused");
  assert.deepEqual(
    store.ledger.problems().map(({ kind, reason }) => ({ kind, reason })),
    [{ kind: "failed", reason: "refused" }],
  );
  assert.deepEqual(store.ledger.spending("t"), { calls: 1, cost: 0 });
  assert.equal(store.ledger.reopenFailed("teacher"), 1);
  assert.equal(store.ledger.failureOf("k"), null);
});

test("a teacher's answer is usable when it is complete and the teacher's, imported to serve, or asked for by hand", () => {
  const store = newStore(folder);
  const id = addInstruction(store, "a");
  const add = (text: string, changes: Partial<NewAnswer> = {}, serves = true): number => {
    const added = store.ledger.insertAnswer(answer(text, changes), 1).id;
    store.ledger.link(id, "teacher", added, { serves });
    return added;
  };
  const usable = (decided: AnswerDecisions = NOTHING_DECIDED): string | undefined =>
    store.ledger.usableTeacherAnswer(id, { profile: "t", model: "m" }, decided)?.text;
  add("kept for reading", { origin: "imported" }, false);
  add("cut", { kind: "cut" });
  const chosen = add("another model's", { modelAsked: "n" });
  assert.equal(usable(), undefined);
  add("imported", { origin: "imported" });
  assert.equal(usable(), "imported");
  const asked = add("asked", {});
  const person = add("corrected", { origin: "person" });
  assert.equal(usable(), "asked", "what a person wrote serves only while a decision names it");
  const corrected = new Map([[id, person]]);
  assert.equal(usable({ corrected, rejected: new Map() }), "corrected");
  const wrong = (...answers: number[]): Map<number, Set<number>> => new Map([[id, new Set(answers)]]);
  assert.equal(usable({ corrected, rejected: wrong(asked) }), "corrected");
  assert.equal(
    usable({ corrected: new Map(), rejected: wrong(asked) }),
    undefined,
    "no older one that nobody looked at",
  );
  store.ledger.link(id, "teacher", chosen, { chosenBy: "ann" });
  assert.equal(usable({ corrected: new Map(), rejected: wrong(asked) }), "another model's");
  assert.equal(usable({ corrected, rejected: wrong(asked, person, chosen) }), undefined);
});

test("candidates of one half have one number each; imported ones have none of their own", () => {
  const store = newStore(folder);
  addCandidate(store, "a", { ordinal: 0 });
  assert.throws(() => addCandidate(store, "b", { ordinal: 0 }), /UNIQUE/);
  addCandidate(store, "c", { ordinal: 0, half: "easy" });
  addCandidate(store, "d", { ordinal: 5, half: null });
  addCandidate(store, "e", { ordinal: 5, half: null });
  assert.equal(store.candidates.lastOrdinal(1, "hard"), 0);
  assert.equal(store.candidates.lastOrdinal(2, "hard"), -1);
  addCandidate(store, "f", { ordinal: -7, iteration: 2 });
  assert.equal(store.candidates.lastOrdinal(2, "hard"), -1, "an edited one stands for no request");
});

test("a stage keeps the decision floor of its first start", () => {
  const store = newStore(folder);
  store.connection.exec("INSERT INTO iteration VALUES (1, '{}', '{}', 0, 1)");
  assert.equal(store.iterations.begin(1, "generation", 7, 1).decisionFloor, 7);
  store.iterations.end(1, "generation", "waiting", "look", 100, 2);
  const again = store.iterations.begin(1, "generation", 99, 3);
  assert.deepEqual([again.decisionFloor, again.state, again.note], [7, "running", ""]);
  store.iterations.end(1, "generation", "done", "", 50, 4);
  assert.equal(store.iterations.stage(1, "generation")?.milliseconds, 150);
  store.iterations.raiseFloor(1, "generation", 120);
  assert.equal(store.iterations.stage(1, "generation")?.decisionFloor, 120, "unless it has only waited");
});
