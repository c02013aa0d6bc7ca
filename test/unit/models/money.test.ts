import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LionError } from "../../../src/core/errors.ts";
import { Budget } from "../../../src/core/models/budget.ts";
import type { Reservation } from "../../../src/core/models/claims.ts";
import { actual, outputLimit, worstCase } from "../../../src/core/models/prices.ts";

const prices = { inputPerMillion: 0.1, outputPerMillion: 2, currency: "USD" };

describe("prices", () => {
  it("bound the input by bytes and 16 a message, the output by the request's own limit", () => {
    const messages = [
      { role: "system", content: "ab" },
      { role: "user", content: "日本" },
    ] as const;
    assert.equal(worstCase(messages, { max_tokens: 100 }, prices), Math.ceil((2 + 6 + 32) * 0.1 + 200));
    assert.equal(worstCase(messages, { max_completion_tokens: 50 }, prices), Math.ceil(4 + 100));
    assert.ok(worstCase(messages, { max_tokens: 100, response_format: { type: "json_object" } }, prices) > 204);
  });

  it("know the output's limit under both its names", () => {
    assert.equal(outputLimit({ max_tokens: 3 }), 3);
    assert.equal(outputLimit({ max_completion_tokens: 4, max_tokens: 3 }), 4);
    assert.equal(outputLimit({ temperature: 0 }), null);
  });

  it("are whole millionths, rounded up, and exact where the product is", () => {
    assert.equal(actual(30, 5, prices, 99), 13);
    assert.equal(actual(31, 5, prices, 99), 14);
    assert.equal(actual(null, 5, prices, 99), 99);
    assert.equal(actual(30, null, prices, 99), 99);
  });
});

function limitReached(reserve: () => unknown): string {
  try {
    reserve();
  } catch (error) {
    assert.ok(error instanceof LionError && error.kind === "limit");
    return error.message;
  }
  assert.fail("there was room");
}

describe("Budget", () => {
  it("counts what was used before and what is in flight against the cap on calls", () => {
    const budget = new Budget("t", { concurrency: 8, maxCalls: 5 }, { calls: 3, cost: 0 });
    const first = budget.reserve(0) as Reservation;
    budget.reserve(0);
    const message = limitReached(() => budget.reserve(0));
    assert.match(message, /"t" has reached its cap of 5 calls \(3 used and 2 in flight\).*limits\.maxCalls/);
    first.settle(0);
    limitReached(() => budget.reserve(0));
    budget.setLimits({ concurrency: 8, maxCalls: 6 });
    assert.ok(budget.reserve(0));
  });

  it("gives a call back that never left", () => {
    const budget = new Budget("t", { concurrency: 1, maxCalls: 1 }, { calls: 0, cost: 0 });
    budget.reserve(0)?.cancel();
    assert.ok(budget.reserve(0));
  });

  it("waits while only worst cases in flight stand in the way, and refuses when they do not", async () => {
    const budget = new Budget("t", { concurrency: 8, maxCost: 0.0001 }, { calls: 0, cost: 20 }, "USD");
    const first = budget.reserve(60) as Reservation;
    assert.equal(budget.reserve(60), null);
    const changed = budget.changed();
    first.settle(10);
    await changed;
    const second = budget.reserve(60) as Reservation;
    second.settle(60);
    const message = limitReached(() => budget.reserve(60));
    assert.match(
      message,
      /cap of 0\.0001 USD \(0\.00009 USD used; the next request may cost 0\.00006 USD\).*limits\.maxCost/,
    );
  });

  it("stops waiting when asked to", async () => {
    const controller = new AbortController();
    const waiting = new Budget("t", { concurrency: 1 }, { calls: 0, cost: 0 }).changed(controller.signal);
    controller.abort(new Error("stop"));
    await assert.rejects(waiting, /stop/);
  });

  it("never lets more out than its caps, whatever the order of events", () => {
    const step = fc.record({
      worst: fc.nat(50),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(20), fc.nat(300), (steps, maxCalls, micro) => {
        const budget = new Budget("t", { concurrency: 1, maxCalls, maxCost: micro / 1e6 }, { calls: 0, cost: 0 });
        const open: Array<{ reservation: Reservation; worst: number }> = [];
        let calls = 0;
        let cost = 0;
        for (const { worst, share, ends } of steps) {
          const ending = ends ? open.shift() : undefined;
          if (ending) {
            const spent = Math.floor(ending.worst * share);
            ending.reservation.settle(spent);
            cost += spent;
          }
          try {
            const reservation = budget.reserve(worst);
            if (reservation) {
              open.push({ reservation, worst });
              calls++;
            }
          } catch (error) {
            assert.ok(error instanceof LionError);
          }
          assert.ok(calls <= maxCalls);
          assert.ok(cost + open.reduce((sum, { worst }) => sum + worst, 0) <= micro + 1e-6);
        }
      }),
    );
  });
});
