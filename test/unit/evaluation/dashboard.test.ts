import assert from "node:assert/strict";
import { it } from "node:test";
import { DashboardReader } from "../../../src/core/evaluation/dashboard.ts";
import { evaluationRows, panelRows, rowsBetween } from "../../../src/core/evaluation/dashboardRows.ts";
import { instructionSubject } from "../../../src/core/review/fold.ts";
import type { DecisionKind } from "../../../src/core/store/decisions.ts";
import type { Scope } from "../../../src/core/store/ratings.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { LARGEST_MESSAGE } from "../../../src/protocol/messages.ts";
import { addCandidate, addInstruction, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();

function openIteration(store: Store, number: number, changes: Record<string, unknown> = {}): void {
  store.iterations.open({ number, config: smallConfig(changes), prompts: {}, decisionFloor: 0 }, 1);
}

function addAnswer(store: Store, role: "teacher" | "student" | "referee", length: number): number {
  return store.ledger.insertAnswer(
    {
      requestKey: null,
      role,
      origin: "imported",
      writtenBy: "test",
      profile: null,
      modelAsked: null,
      parameters: "{}",
      text: "x".repeat(length),
      kind: "complete",
      finishReason: "stop",
      inputTokens: null,
      outputTokens: null,
      cost: null,
    },
    1,
  ).id;
}

/** A verdict with its two ratings; the teacher's score is 5 and the student's follows from the gap of each order. */
function addVerdict(
  store: Store,
  at: { iteration: number; scope: Scope; position: number; instructionId: number },
  [teacherFirst, studentFirst]: readonly [number | null, number | null],
): void {
  const teacherAnswerId = addAnswer(store, "teacher", 40);
  const studentAnswerId = addAnswer(store, "student", 10);
  for (const [firstShown, gap] of [["teacher", teacherFirst] as const, ["student", studentFirst] as const]) {
    store.ratings.add(
      {
        instructionId: at.instructionId,
        iteration: at.iteration,
        firstShown,
        teacherAnswerId,
        studentAnswerId,
        answerId: addAnswer(store, "referee", 5),
        promptVersion: "1",
        scores: gap === null ? null : { teacher: 5, student: 5 - gap },
        unparsed: gap === null ? "no scores" : null,
      },
      1,
    );
  }
  const gap = teacherFirst === null || studentFirst === null ? null : (teacherFirst + studentFirst) / 2;
  store.ratings.putVerdict({
    ...at,
    state: gap === null ? "unscored" : "scored",
    gap,
    teacherScore: gap === null ? null : 5,
    studentScore: gap === null ? null : 5 - gap,
    contradictory: gap !== null && (teacherFirst ?? 0) * (studentFirst ?? 0) < 0,
    source: "referee",
    teacherAnswerId,
    studentAnswerId,
  });
}

function decide(store: Store, kind: DecisionKind, instructionId: number, payload: Record<string, unknown> = {}): void {
  store.decisions.add(
    { actor: "Ada", kind, subject: instructionSubject(instructionId), payload, groupId: `${kind}${instructionId}` },
    1,
  );
}

it("a project without iterations has no figures, and knows what waits", async () => {
  const store = newStore(folder);
  store.pools.add("train", 1, [addInstruction(store, "one"), addInstruction(store, "two")]);
  const reader = new DashboardReader(store);
  assert.deepEqual((await reader.read("p", null)).iterations, []);
  assert.equal((await reader.read("p", 3)).histogram, null);
  assert.equal(reader.instructions(), 2);
});

it("gaps, lengths and the referee's figures come from the draw, the curve from the panel; excluded ones are in none", async () => {
  const store = newStore(folder);
  const ids = Array.from({ length: 6 }, (_, index) => addInstruction(store, `instruction ${index}`));
  const [a, b, c, d, out, p] = ids as [number, number, number, number, number, number];
  store.pools.add("train", 1, ids);
  store.pools.add("cache", 1, ids);
  openIteration(store, 1);
  openIteration(store, 2);
  const draw = (instructionId: number, position: number, gaps: readonly [number | null, number | null]): void =>
    addVerdict(store, { iteration: 1, scope: "draw", position, instructionId }, gaps);
  draw(a, 0, [3, 1]);
  draw(b, 1, [1, -1]);
  draw(c, 2, [-2, -1]);
  draw(d, 3, [1, null]);
  draw(out, 4, [4, 4]);
  addVerdict(store, { iteration: 1, scope: "panel", position: 0, instructionId: p }, [2, 2]);
  addVerdict(store, { iteration: 2, scope: "panel", position: 0, instructionId: p }, [1, 0]);
  decide(store, "exclude", out);

  const { iterations, histogram, outlook } = await new DashboardReader(store).read("p", null);
  const [first, second] = iterations;
  assert.ok(first && second);
  assert.deepEqual(
    { ...first.draw, meanGap: first.draw.meanGap?.value, hardShare: first.draw.hardShare?.value },
    { rated: 4, hard: 1, easy: 2, unscored: 1, contradictory: 1, studentAhead: 1, meanGap: 0.5 / 3, hardShare: 1 / 3 },
  );
  assert.equal(first.trainPool, 5);
  assert.equal(second.cachePool, 5);
  assert.equal(second.trainPool, 0);
  assert.equal(first.panel.meanGap?.value, 2);
  assert.equal(second.panel.meanGap?.value, 0.5);
  assert.deepEqual(first.lengths, {
    pairs: 4,
    teacher: { low: 40, median: 40, high: 40 },
    student: { low: 10, median: 10, high: 10 },
  });
  assert.equal(first.referee.pairs, 4);
  assert.equal(first.referee.flipRate?.value, 1 / 3);
  assert.equal(first.referee.unparsedRate?.value, 1 / 8);
  // Only b has a winner by place: it wins wherever it is shown first.
  assert.equal(first.referee.firstPositionRate?.value, 4 / 6);
  assert.equal(histogram?.iteration, 1);
  assert.deepEqual(
    histogram.bins.filter(({ count }) => count > 0).map(({ from, kind, count }) => [from, kind, count]),
    [
      [-2, "studentAhead", 1],
      [0, "easy", 1],
      [2, "hard", 1],
    ],
  );
  assert.match(outlook?.sentence ?? "", /1 panel instruction/);

  const found = rowsBetween(store.connection, 1, { from: 2, to: 2.5 });
  assert.deepEqual(
    found.map(({ instructionId, text, gap }) => [instructionId, text, gap]),
    [[a, "instruction 0", 2]],
  );
  assert.deepEqual(
    panelRows(store.connection, 2).map(({ instructionId, gap }) => [instructionId, gap]),
    [[p, 0.5]],
  );
});

it("decisions made between two readings count in the second", async () => {
  const store = newStore(folder);
  openIteration(store, 1);
  const [approved, refused, waiting, filtered, gone] = ["a", "b", "c", "d", "e"].map((text, index) =>
    addCandidate(store, text, { filter: index === 3 ? "too-short" : null }),
  ) as [number, number, number, number, number];
  const reader = new DashboardReader(store);
  const approval = async () => (await reader.read("p", null)).iterations[0]?.approval;
  assert.deepEqual(await approval(), {
    approved: 0,
    waiting: 4,
    refused: 0,
    filtered: 1,
    reasons: [{ by: "filter", reason: "too-short", count: 1 }],
  });
  decide(store, "approve", approved);
  decide(store, "refuse", refused, { reason: "wrong" });
  decide(store, "exclude", gone);
  assert.ok(waiting && filtered);
  assert.deepEqual(await approval(), {
    approved: 1,
    waiting: 1,
    refused: 1,
    filtered: 1,
    reasons: [
      { by: "person", reason: "wrong", count: 1 },
      { by: "filter", reason: "too-short", count: 1 },
    ],
  });
});

it("use is summed by role and currency; a paid endpoint without prices has no known cost", async () => {
  const store = newStore(folder);
  const openai = { kind: "openai", baseUrl: "https://a.test/v1", model: "m" };
  openIteration(store, 1, {
    profiles: { any: { kind: "sandbox", model: "oracle-teacher" }, priced: openai, unpriced: openai },
  });
  const spend = store.connection.prepare(
    `INSERT INTO attempt (request_key, profile, role, iteration, state, reserved_cost, cost, currency, sent_at)
     VALUES ('k', ?, ?, 1, ?, ?, ?, ?, 1)`,
  );
  store.connection.pragma("foreign_keys = OFF");
  spend.run("priced", "teacher", "settled", 9_000_000, 1_500_000, "EUR");
  spend.run("priced", "teacher", "sent", 500_000, null, "EUR");
  spend.run("unpriced", "referee", "settled", 0, null, null);
  spend.run("any", "generator", "settled", 0, 0, null);
  const [iteration] = (await new DashboardReader(store).read("p", null)).iterations;
  assert.deepEqual(iteration?.use, [
    { role: "teacher", currency: "EUR", calls: 2, cost: 2 },
    { role: "referee", currency: null, calls: 1, cost: null },
    { role: "generator", currency: null, calls: 1, cost: 0 },
  ]);
});

it("exact match is told over all and by level, and its wrong answers come first", async () => {
  const store = newStore(folder);
  openIteration(store, 1);
  const answerId = addAnswer(store, "student", 3);
  const ids = [1, 1, 2].map((level, index) =>
    store.instructions.insert(
      {
        turns: [{ role: "user", content: `question ${index}` }],
        input: "",
        system: "",
        origin: "imported",
        purpose: "evaluation",
        tags: { level },
      },
      1,
    ),
  );
  for (const [index, instructionId] of ids.entries()) {
    store.training.putEvaluation({ iteration: 1, instructionId, answerId, correct: index === 0 });
  }
  const [iteration] = (await new DashboardReader(store).read("p", null)).iterations;
  assert.equal(iteration?.exactMatch?.share.value, 1 / 3);
  assert.deepEqual(iteration?.exactMatch?.levels, [
    { level: 1, total: 2, correct: 1 },
    { level: 2, total: 1, correct: 0 },
  ]);
  assert.deepEqual(
    evaluationRows(store.connection, 1).map(({ text, correct }) => [text, correct]),
    [
      ["question 1", false],
      ["question 2", false],
      ["question 0", true],
    ],
  );
});

it("a hundred iterations fit into one message", async () => {
  const store = newStore(folder);
  const id = addInstruction(store, "one");
  for (let number = 1; number <= 105; number++) {
    openIteration(store, number);
    addVerdict(store, { iteration: number, scope: "draw", position: 0, instructionId: id }, [-4, -4]);
    addVerdict(store, { iteration: number, scope: "panel", position: 0, instructionId: id }, [1 / 3, 1 / 3]);
    addCandidate(store, `candidate ${number}`, { iteration: number, filter: "too-short" });
  }
  const figures = await new DashboardReader(store).read("p", null);
  assert.equal(figures.iterations.length, 100);
  assert.equal(figures.iterations.at(-1)?.number, 105);
  assert.ok(JSON.stringify(figures).length < LARGEST_MESSAGE * 0.8, `${JSON.stringify(figures).length} characters`);
});

it("a request that is settled or made after the first reading is in the second", async () => {
  const store = newStore(folder);
  openIteration(store, 1);
  openIteration(store, 2);
  store.connection.pragma("foreign_keys = OFF");
  const send = store.connection.prepare(
    `INSERT INTO attempt (request_key, profile, role, iteration, state, reserved_cost, currency, sent_at)
     VALUES ('k', 'any', 'teacher', ?, 'sent', 2000000, 'EUR', 1)`,
  );
  send.run(1);
  const reader = new DashboardReader(store);
  const use = async () =>
    (await reader.read("p", null)).iterations.map((one) => one.use.map(({ calls, cost }) => [calls, cost]));
  assert.deepEqual(await use(), [[[1, 2]], []]);
  store.connection.prepare("UPDATE attempt SET state = 'settled', cost = 1000000").run();
  assert.deepEqual(await use(), [[[1, 1]], []]);
  send.run(2);
  assert.deepEqual(await use(), [[[1, 1]], [[1, 2]]]);
});

it("instructions imported after the first reading are in the second", async () => {
  const store = newStore(folder);
  openIteration(store, 1);
  const reader = new DashboardReader(store);
  const sizes = async () => (await reader.read("p", null)).iterations.map((one) => [one.trainPool, one.cachePool]);
  assert.deepEqual(await sizes(), [[0, 0]]);
  const id = addInstruction(store, "new");
  store.pools.add("cache", 1, [id]);
  assert.deepEqual(await sizes(), [[0, 1]]);
});
