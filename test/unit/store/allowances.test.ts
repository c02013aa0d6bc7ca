import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { LionError } from "../../../src/core/errors.ts";
import { allowanceOf, allowIterationAtHand, grantAllowance } from "../../../src/core/loop/allowance.ts";
import { iterationAtHand } from "../../../src/core/loop/iterations.ts";
import { MIGRATIONS } from "../../../src/core/store/schema.ts";
import { Store } from "../../../src/core/store/store.ts";
import { HandClock, newStore, smallConfig, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const actor = "ann";

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof LionError && error.kind === "input");
    return error.message;
  }
  assert.fail("it was taken");
}

function priced(...currencies: readonly string[]): ReturnType<typeof smallConfig> {
  const profiles = Object.fromEntries(
    ["teacher", "student", "referee", "generator"].map((role, at) => {
      const currency = currencies[at];
      const prices = currency ? { prices: { inputPerMillion: 1, outputPerMillion: 1, currency } } : {};
      return [role, { kind: "sandbox", model: "oracle-teacher", ...prices }];
    }),
  );
  const roles = { teacher: "teacher", student: "student", referee: "referee", generator: "generator" };
  return smallConfig({ profiles, roles });
}

test("the newest allowance counts, and none is ever changed", () => {
  const store = newStore(folder);
  assert.equal(allowanceOf(store, 1).allowed, null);
  grantAllowance(store, clock, { iteration: 1, calls: 10, cost: null, currency: null, actor });
  const raised = grantAllowance(store, clock, { iteration: 1, calls: null, cost: 2_500_000, currency: "EUR", actor });
  assert.deepEqual(raised.allowed, { calls: null, cost: 2_500_000, currency: "EUR" });
  assert.equal(allowanceOf(store, 2).allowed, null);
  assert.throws(() => store.connection.exec("UPDATE allowance SET calls = 1"), /never updated/);
  assert.throws(() => store.connection.exec("DELETE FROM allowance"), /never deleted/);
});

test("what is used is told with what is in flight at its worst case, by currency", () => {
  const store = newStore(folder);
  const request = {
    ...{ role: "teacher" as const, profile: "t", model: "m", promptVersion: "p", draw: 0, parameters: "{}" },
    ...{ instructionId: null, iteration: 3 },
  };
  store.ledger.recordSent({ ...request, key: "a" }, 50, 1, "USD");
  const lost = store.ledger.recordSent({ ...request, key: "b" }, 70, 1, "EUR");
  store.ledger.recordFailure(lost, "reset", { final: false, charged: true }, 2);
  const free = store.ledger.recordSent({ ...request, key: "c" }, 20, 1, "EUR");
  store.ledger.recordFailure(free, "refused", { final: true, charged: false }, 2);
  store.ledger.recordSent({ ...request, key: "d" }, 0, 1);
  assert.deepEqual(allowanceOf(store, 3).used, {
    calls: 4,
    costs: [
      { currency: "EUR", cost: 70 },
      { currency: "USD", cost: 50 },
    ],
  });
  assert.deepEqual(allowanceOf(store, 2).used, { calls: 0, costs: [] });
});

test("amounts that make no sense are refused", () => {
  const store = newStore(folder);
  const grant = { iteration: 1, calls: null, cost: null, currency: null, actor };
  assert.match(
    refusal(() => grantAllowance(store, clock, { ...grant, calls: 1.5 })),
    /1\.5 calls makes no sense/,
  );
  assert.match(
    refusal(() => grantAllowance(store, clock, { ...grant, cost: -1_000_000, currency: "USD" })),
    /allowance of -1 makes no sense/,
  );
  assert.match(
    refusal(() => grantAllowance(store, clock, { ...grant, cost: 1 })),
    /needs its currency/,
  );
  assert.equal(allowanceOf(store, 1).allowed, null);
});

test("the iteration at hand is allowed money in the one currency of its roles", () => {
  const store = newStore(folder);
  const allow = (config: ReturnType<typeof smallConfig>) =>
    allowIterationAtHand(store, clock, config, { calls: null, cost: 0.25, actor });
  assert.match(
    refusal(() => allow(priced())),
    /needs prices/,
  );
  assert.match(
    refusal(() => allow(priced("USD", "EUR"))),
    /paid in USD and EUR/,
  );
  const state = allow(priced("USD", "USD"));
  assert.deepEqual([state.iteration, state.allowed?.cost, state.allowed?.currency], [1, 250_000, "USD"]);
});

test("the iteration at hand is the running one until its three stages are done", () => {
  const store = newStore(folder);
  assert.deepEqual(iterationAtHand(store), { number: 1, stages: ["imitation", "discrimination", "generation"] });
  store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  for (const stage of ["imitation", "discrimination"] as const) {
    store.iterations.begin(1, stage, 0, 1);
    store.iterations.end(1, stage, "done", "", 1, 1);
  }
  assert.deepEqual(iterationAtHand(store), { number: 1, stages: ["generation"] });
  store.iterations.begin(1, "generation", 0, 1);
  store.iterations.end(1, "generation", "done", "", 1, 1);
  assert.equal(iterationAtHand(store).number, 2);
});

test("attempts of a first-version file get the currency that their iteration froze", () => {
  const file = join(folder, "first.db");
  const old = new Database(file);
  old.pragma("journal_mode = WAL");
  old.exec(MIGRATIONS[0] as string);
  old.pragma("user_version = 1");
  const prices = { inputPerMillion: 1, outputPerMillion: 1, currency: "CHF" };
  const config = JSON.stringify({ profiles: { 'a "quoted" one': { prices }, free: {} } });
  old.prepare("INSERT INTO iteration VALUES (1, ?, '{}', 0, 0)").run(config);
  const request = old.prepare(
    "INSERT INTO request VALUES (?, 'teacher', ?, 'm', 'p', 0, '{}', NULL, 1, 'open', NULL, 0)",
  );
  const attempt = old.prepare(
    `INSERT INTO attempt (request_key, profile, role, iteration, state, reserved_cost, sent_at)
     VALUES (?, ?, 'teacher', 1, 'sent', ?, 0)`,
  );
  for (const [profile, cost] of [
    ['a "quoted" one', 12],
    ["free", 0],
  ] as const) {
    request.run(profile, profile);
    attempt.run(profile, profile, cost);
  }
  old.close();
  const store = new Store(file);
  assert.deepEqual(allowanceOf(store, 1).used, { calls: 2, costs: [{ currency: "CHF", cost: 12 }] });
  store.close();
});
