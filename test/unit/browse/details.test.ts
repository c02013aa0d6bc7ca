import assert from "node:assert/strict";
import { test } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { shareWithInterval } from "../../../src/core/evaluation/curve.ts";
import { gapFigures, projectStatus } from "../../../src/core/loop/status.ts";
import { instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import type { NewDecision } from "../../../src/core/store/decisions.ts";
import type { NewAnswer, NewRequest } from "../../../src/core/store/ledger.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, addInstruction, newStore, temporaryFolder } from "../store/support.ts";
import { BrowseWorld } from "./world.ts";

const folder = temporaryFolder();

function decide(store: Store, kind: NewDecision["kind"], subject: string, payload: NewDecision["payload"] = {}): void {
  store.decisions.add({ actor: "me", kind, subject, payload, groupId: "g" }, 1);
}

test("the summaries say what the status says, of pools, verdicts, calls and stages", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "summaries");
  for (const iteration of [1, 2]) {
    world.openIteration(iteration);
    world.rate(iteration);
    store.iterations.begin(iteration, "imitation", 0, 1);
    store.iterations.end(iteration, "imitation", "stopped", "paused", 1500, 2);
    ask(store, iteration);
  }
  for (const id of world.instructions.slice(0, 12)) {
    decide(store, "exclude", instructionSubject(id));
  }
  const browser = new PoolBrowser(store);
  const compare = (): void => {
    const { iterations } = projectStatus(store);
    const summaries = browser.iterationSummaries();
    assert.equal(summaries.length, iterations.length);
    for (const [at, status] of iterations.entries()) {
      const { draw, ...summary } = summaries[at] ?? assert.fail();
      for (const key of ["rated", "hard", "easy", "unscored", "contradictory", "studentAhead", "meanGap"] as const) {
        assert.equal(draw[key], status[key], `${key} of iteration ${status.number}`);
      }
      assert.deepEqual(
        [summary.trainPool, summary.cachePool, summary.tau, summary.mode],
        [status.trainPool, status.cachePool, status.tau, status.mode],
      );
      assert.deepEqual(
        summary.calls.map(({ role, calls }) => [role, calls]),
        [["teacher", status.calls.teacher]],
      );
      const [stage] = summary.stages;
      assert.deepEqual(
        [stage?.name, stage?.state, stage?.note, stage?.milliseconds],
        ["imitation", "stopped", "paused", 1500],
      );
    }
  };
  compare();
  world.rate(2);
  decide(store, "exclude", instructionSubject(world.instructions[20] ?? 0));
  compare();
});

function ask(store: Store, iteration: number): void {
  const key = `key-${iteration}`;
  const attempt = store.ledger.recordSent(
    {
      ...{ key, role: "teacher", profile: "t", model: "m", promptVersion: "p", draw: 0, parameters: "{}" },
      ...{ instructionId: null, iteration },
    },
    100,
    1,
    "USD",
  );
  store.ledger.settle(attempt, answer("x", { requestKey: key, cost: 40 }), 2);
}

function answer(text: string, changes: Partial<NewAnswer> = {}): NewAnswer {
  return {
    ...{ requestKey: null, role: "teacher", origin: "model", writtenBy: "m", profile: "t", modelAsked: "m" },
    ...{ parameters: "{}", text, kind: "complete", finishReason: "stop", inputTokens: 1, outputTokens: 1, cost: null },
    ...changes,
  };
}

test("calls and their cost are counted as they leave and as they are settled", () => {
  const store = newStore(folder);
  store.connection.exec("INSERT INTO iteration VALUES (1, '{}', '{}', 0, 1)");
  const tally = (): unknown =>
    store.connection.prepare("SELECT role, profile, currency, calls, cost FROM call_tally").all();
  ask(store, 1);
  assert.deepEqual(tally(), [{ role: "teacher", profile: "t", currency: "USD", calls: 1, cost: 40 }]);
  const request: NewRequest = {
    ...{ key: "k", role: "teacher", profile: "t", model: "m", promptVersion: "p", draw: 0, parameters: "{}" },
    ...{ instructionId: null, iteration: 1 },
  };
  const attempt = store.ledger.recordSent(request, 100, 1, "USD");
  assert.deepEqual(tally(), [{ role: "teacher", profile: "t", currency: "USD", calls: 2, cost: 140 }]);
  store.ledger.recordFailure(attempt, "broke off", { final: true, charged: false }, 2);
  assert.deepEqual(tally(), [{ role: "teacher", profile: "t", currency: "USD", calls: 2, cost: 40 }]);
});

test("n of N rated carries the share of hard ones with its interval, a person's word before the referee's", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "rated");
  world.openIteration(1);
  world.rate(1);
  const browser = new PoolBrowser(store);
  const verdicts = store.ratings.verdicts(1, "draw");
  const figures = gapFigures(verdicts, 1);
  const share = shareWithInterval(figures.hard, figures.hard + figures.easy);
  const total = store.pools.cache(1).length;
  const rated = browser.ratedOf({ iteration: 1 });
  assert.ok(share);
  assert.deepEqual(rated, {
    rated: verdicts.length,
    total,
    mode: "lazy",
    hardShare: { value: share.value, low: share.low, high: share.high },
    projectedHard: { low: Math.round(share.low * total), high: Math.round(share.high * total) },
  });
  const easy = verdicts.find(({ gap }) => gap !== null && gap < 1)?.instructionId ?? 0;
  decide(store, "override", verdictSubject(1, easy), { half: "hard" });
  const after = browser.ratedOf({ iteration: 1 });
  assert.equal(after?.hardShare?.value, (figures.hard + 1) / (figures.hard + figures.easy));
  assert.equal(browser.ratedOf({ iteration: 7 }), null);
});

test("the details of an instruction have its verdicts, ratings, answers and lineage", () => {
  const store = newStore(folder);
  const world = new BrowseWorld(store, "details");
  world.openIteration(1);
  const parent = addInstruction(store, "the parent");
  const id = addCandidate(store, "the child", { parentId: parent });
  const child = addCandidate(store, "the grandchild", { parentId: id });
  const store1 = (text: string, role: "teacher" | "student"): number => {
    const stored = store.ledger.insertAnswer(answer(text, { role }), 1).id;
    store.ledger.link(id, role, stored);
    return stored;
  };
  store1("older", "teacher");
  const teacherAnswerId = store1("newer", "teacher");
  const studentAnswerId = store1("student's", "student");
  const answerId = store.ledger.insertAnswer(answer("8 and 5", { role: "referee" }), 1).id;
  const pair = { instructionId: id, iteration: 1, teacherAnswerId, studentAnswerId };
  store.ratings.add(
    {
      ...pair,
      answerId,
      firstShown: "student",
      promptVersion: "p",
      scores: { teacher: 8, student: 5 },
      unparsed: null,
    },
    1,
  );
  for (const scope of ["panel", "draw"] as const) {
    store.ratings.putVerdict({
      ...{ ...pair, scope, position: 0, state: "scored", gap: 3, teacherScore: 8, studentScore: 5 },
      ...{ contradictory: false, source: "referee" },
    });
  }
  decide(store, "override", verdictSubject(1, id), { half: "easy" });
  const replacement = store.instructions.insert(
    {
      turns: [{ role: "user", content: "the child, edited" }],
      input: "",
      system: "",
      origin: "edited",
      supersedes: id,
    },
    1,
  );
  decide(store, "edit", instructionSubject(id), { replacement });
  const browser = new PoolBrowser(store);
  const detail = browser.instructionDetail(id);
  assert.ok(detail);
  assert.equal(detail.instruction.id, id);
  assert.deepEqual(
    detail.verdicts.map(({ scope, gap }) => [scope, gap]),
    [
      ["draw", 3],
      ["panel", 3],
    ],
  );
  assert.deepEqual(detail.overrides, [{ iteration: 1, half: "easy" }]);
  assert.deepEqual(
    detail.ratings.map(({ firstShown, scores, reply }) => ({ firstShown, scores, reply })),
    [{ firstShown: "student", scores: { teacher: 8, student: 5 }, reply: "8 and 5" }],
  );
  assert.deepEqual(
    detail.teacherAnswers.map(({ text }) => text),
    ["newer", "older"],
  );
  assert.deepEqual(
    detail.studentAnswers.map(({ text }) => text),
    ["student's"],
  );
  assert.deepEqual([detail.parentId, detail.childIds, detail.replacedBy], [parent, [child], replacement]);
  assert.deepEqual(
    [browser.instructionDetail(child)?.sourceName, browser.instructionDetail(child)?.replacedBy],
    [null, null],
  );
  assert.equal(browser.instructionDetail(4711), null);
});
