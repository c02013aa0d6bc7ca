import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StageCalls } from "../../../src/core/browse/stageCalls.ts";
import type { Role } from "../../../src/core/models/types.ts";
import type { StageName } from "../../../src/core/store/iterations.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();

/** Sends requests, each settled at the given cost, one a millisecond from a time on. */
function send(
  store: Store,
  count: number,
  role: Role,
  at: number,
  options: { iteration?: number; cost?: number } = {},
) {
  const { iteration = 1, cost = 10 } = options;
  for (let number = 0; number < count; number++) {
    const request = {
      ...{ key: `${role}/${at}/${number}`, role, profile: "any", model: "m", promptVersion: "1", draw: 0 },
      ...{ parameters: "{}", instructionId: null, iteration },
    };
    const attempt = store.ledger.recordSent(request, 99, at + number, "USD");
    store.connection.prepare("UPDATE attempt SET cost = ? WHERE id = ?").run(cost, attempt);
  }
}

function usedIn(calls: StageCalls, stage: StageName): Record<string, number> {
  const used = calls.of(1).get(stage) ?? [];
  return Object.fromEntries(used.map(({ role, calls: number }) => [role, number]));
}

describe("calls by stage", () => {
  const store = newStore(folder);
  store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
  const calls = new StageCalls(store.connection);

  test("belong to the stage in which they left", () => {
    store.iterations.begin(1, "imitation", 0, 1000);
    send(store, 5, "teacher", 1000);
    assert.deepEqual(usedIn(calls, "imitation"), { teacher: 5 });
    store.iterations.begin(1, "discrimination", 0, 2000);
    send(store, 3, "teacher", 2000);
    send(store, 4, "referee", 2100);
    assert.deepEqual(usedIn(calls, "imitation"), { teacher: 5 });
    assert.deepEqual(usedIn(calls, "discrimination"), { teacher: 3, referee: 4 });
    store.iterations.begin(1, "generation", 0, 3000);
    send(store, 2, "generator", 3000);
    assert.deepEqual(usedIn(calls, "discrimination"), { teacher: 3, referee: 4 });
    assert.deepEqual(usedIn(calls, "generation"), { generator: 2 });
  });

  test("of another iteration are not among them, and a stage that goes on counts on", () => {
    send(store, 7, "teacher", 4000, { iteration: 2 });
    store.iterations.begin(1, "generation", 0, 5000);
    send(store, 1, "generator", 5000);
    assert.deepEqual(usedIn(calls, "generation"), { generator: 3 });
    assert.deepEqual(usedIn(new StageCalls(store.connection), "discrimination"), { teacher: 3, referee: 4 });
  });

  test("cost what they cost", () => {
    const stages = calls.of(1);
    assert.deepEqual(stages.get("imitation"), [{ role: "teacher", calls: 5, cost: 50, currency: "USD" }]);
    assert.deepEqual(stages.get("generation"), [{ role: "generator", calls: 3, cost: 30, currency: "USD" }]);
  });
});
