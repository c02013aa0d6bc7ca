import assert from "node:assert/strict";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { failedRequests } from "../../../src/core/loop/failedRequests.ts";
import { type RetryContext, type RetryOptions, retryFailed } from "../../../src/core/loop/retry.ts";
import type { Question } from "../../../src/core/models/asker.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import type { Answer, NewAnswer, NewRequest } from "../../../src/core/store/ledger.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { NOTHING_DECIDED } from "../../../src/core/store/usableAnswer.ts";
import { addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const TEACHER = { profile: "any", model: "oracle-teacher" };

/** A store in the middle of an iteration whose teacher is the profile "any". */
function running(): Store {
  const store = newStore(folder);
  store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  return store;
}

function request(key: string, instructionId: number, changes: Partial<NewRequest> = {}): NewRequest {
  return {
    ...{ key, role: "teacher", profile: "any", model: "oracle-teacher", promptVersion: "plain/1", draw: 0 },
    ...{ parameters: "{}", instructionId, iteration: 1 },
    ...changes,
  };
}

function replied(store: Store, key: string, instructionId: number, changes: Partial<NewAnswer> = {}): number {
  const { id } = store.ledger.storeCollected(
    request(key, instructionId),
    {
      ...{
        requestKey: key,
        role: "teacher",
        origin: "model",
        writtenBy: "m",
        profile: "any",
        modelAsked: "oracle-teacher",
      },
      ...{
        parameters: "{}",
        text: "x",
        kind: "complete",
        finishReason: "stop",
        inputTokens: 1,
        outputTokens: 1,
        cost: 0,
      },
      ...changes,
    },
    1,
  );
  store.ledger.link(instructionId, "teacher", id);
  return id;
}

function failed(
  store: Store,
  key: string,
  instructionId: number,
  failure: string,
  changes: Partial<NewRequest> = {},
): void {
  const attempt = store.ledger.recordSent(request(key, instructionId, changes), 0, 1);
  store.ledger.recordFailure(attempt, failure, { final: true, charged: false }, 1);
}

test("failures are counted by role, profile and reason; what has a usable answer is none", () => {
  const store = running();
  const [a, b, c, d, e, f] = ["a", "b", "c", "d", "e", "f"].map((text) => addInstruction(store, text)) as number[];
  failed(store, "1", a as number, "the endpoint refused it");
  failed(store, "2", b as number, "the endpoint refused it");
  replied(store, "3", c as number, { kind: "cut", finishReason: "length" });
  replied(store, "4", d as number, { kind: "cut", finishReason: "length" });
  replied(store, "5", d as number);
  replied(store, "6", e as number, { kind: "refused", finishReason: "stop" });
  const other = replied(store, "7", e as number, { profile: "other", modelAsked: "z" });
  failed(store, "8", f as number, "no reply", { role: "student", profile: "served" });
  const groups = (): unknown[] =>
    failedRequests(store).map(({ role, profile, kind, reason, count }) => [role, profile, kind, reason, count]);
  assert.deepEqual(groups(), [
    ["teacher", "any", "failed", "the endpoint refused it", 2],
    ["teacher", "any", "cut", "length", 1],
    ["teacher", "any", "refused", "stop", 1],
    ["student", "served", "failed", "no reply", 1],
  ]);
  const usable = (): Answer | null => store.ledger.usableTeacherAnswer(e as number, TEACHER, NOTHING_DECIDED);
  assert.equal(usable(), null);
  store.ledger.link(e as number, "teacher", other, { chosenBy: "ann" });
  assert.equal(usable()?.id, other, "chosen, it serves");
  assert.equal(failedRequests(store).length, 3);
});

test("an answer that a person found wrong is a failure, until another one was asked for; excluded ones are none", () => {
  const store = running();
  const judging = new Judging({ store, clock: new HandClock(), actor: "ann" });
  const [a, b] = [addInstruction(store, "a"), addInstruction(store, "b")];
  judging.reject(a, replied(store, "1", a));
  const wrong = { role: "teacher", profile: "any", kind: "complete", reason: "a person found it wrong", count: 1 };
  assert.deepEqual(failedRequests(store), [wrong]);
  judging.correct(a, "what is right");
  assert.deepEqual(failedRequests(store), [], "what a person wrote is usable");
  replied(store, "2", b, { kind: "cut" });
  assert.equal(failedRequests(store).length, 1);
  new Review({ store, clock: new HandClock(), actor: "ann" }).exclude([b], "off-topic");
  assert.deepEqual(failedRequests(store), []);
});

test("an answer that a person found wrong is asked for again only where something is different", async () => {
  const store = running();
  const id = addInstruction(store, "a");
  const wrong = replied(store, "1", id);
  new Judging({ store, clock: new HandClock(), actor: "ann" }).reject(id, wrong);
  const asked: unknown[] = [];
  const asker = {
    keyOf: ({ parameters }: Question) => (parameters ? "2" : "1"),
    ask: async (question: Question) => {
      asked.push(question.parameters);
      return store.ledger.answer(replied(store, "2", id, { text: "right" }));
    },
  };
  const context = {
    ...{ store, asker, config: smallConfig(), signal: new AbortController().signal, report: () => {} },
    endpoints: { profile: () => ({}) },
  } as unknown as RetryContext;
  const retry = (options: Partial<RetryOptions>): Promise<unknown> =>
    retryFailed(context, { actor: "ann", ...options });
  assert.deepEqual(await retry({}), { asked: 1, answered: 0, unchanged: 1, reopened: 0 });
  assert.deepEqual(asked, []);
  assert.deepEqual(await retry({ parameters: { top_p: 0.5 } }), { asked: 1, answered: 1, unchanged: 0, reopened: 0 });
  assert.deepEqual(failedRequests(store), []);
});

test("nothing failed before anything was asked", () => {
  assert.deepEqual(failedRequests(newStore(folder)), []);
});

test("a served student's failures are opened again as they were", async () => {
  const store = running();
  failed(store, "1", addInstruction(store, "a"), "no reply", { role: "student" });
  const result = await retryFailed({ store } as RetryContext, { roles: ["student"], actor: "ann" });
  assert.deepEqual(result, { asked: 0, answered: 0, unchanged: 0, reopened: 1 });
  assert.equal(store.ledger.failureOf("1"), null);
});

for (const [what, options, pattern] of [
  ["the referee's failures", { roles: ["referee"] }, /rated again.*lion rerate --unscored/],
  ["the generator's failures", { roles: ["teacher", "generator"] }, /generator's are replaced by new ones/],
  ["another student", { roles: ["student"], profile: "other" }, /would be another student/],
  ["a student with other parameters", { roles: ["student"], parameters: { top_p: 1 } }, /would be another student/],
  [
    "a parameter that every request sets",
    { parameters: { messages: [] } },
    /parameter "messages" is set by each request/,
  ],
] satisfies ReadonlyArray<readonly [string, Omit<RetryOptions, "actor">, RegExp]>) {
  test(`a retry refuses ${what}`, async () => {
    const store = running();
    failed(store, "1", addInstruction(store, "a"), "no reply", { role: "student" });
    await assert.rejects(retryFailed({ store } as RetryContext, { ...options, actor: "ann" }), (error: unknown) => {
      assert.ok(error instanceof LionError && error.kind === "input");
      assert.match(error.message, pattern);
      return true;
    });
    assert.equal(store.ledger.failureOf("1"), "no reply", "nothing was touched");
  });
}
