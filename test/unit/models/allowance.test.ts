import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LionError } from "../../../src/core/errors.ts";
import { AllowanceMeter } from "../../../src/core/models/allowanceMeter.ts";
import type { Reservation } from "../../../src/core/models/claims.ts";
import type { Allowance } from "../../../src/core/store/allowances.ts";
import { reply } from "../../support/scriptedEndpoint.ts";
import { AskerWorld, askAll, failing, PRICES, question, questions } from "./askerWorld.ts";

const NO_BOUND: Allowance = { calls: null, cost: null, currency: null };

function meterOver(allowed: Allowance | null, used: { calls: number; cost: number } = { calls: 0, cost: 0 }) {
  const book = {
    allowed,
    newest: (): Allowance | null => book.allowed,
    boundedBefore: (): boolean => false,
    used: () => ({ calls: used.calls, costs: used.cost > 0 ? [{ currency: "USD", cost: used.cost }] : [] }),
  };
  return { book, meter: new AllowanceMeter(book) };
}

function refused(reserve: () => unknown): string {
  try {
    reserve();
  } catch (error) {
    assert.ok(error instanceof LionError && error.kind === "limit");
    assert.deepEqual(error.problem, { code: "allowance", iteration: 2 });
    return error.message;
  }
  assert.fail("there was room");
}

describe("AllowanceMeter", () => {
  it("counts the calls of all currencies, those before and those in flight", () => {
    const { book, meter } = meterOver({ ...NO_BOUND, calls: 5 }, { calls: 2, cost: 0 });
    meter.reserve(2, 10, "USD")?.settle(5);
    meter.reserve(2, 10, "EUR");
    meter.reserve(2, 0, null);
    assert.match(
      refused(() => meter.reserve(2, 0, null)),
      /iteration 2 .*5 calls were allowed, 3 are used and 2 in flight.*--allow-calls/,
    );
    book.allowed = { ...NO_BOUND, calls: 6 };
    assert.ok(meter.reserve(2, 0, null), "a raised allowance counts at once");
  });

  it("waits while only worst cases in flight stand in the way, and refuses when they do not", async () => {
    const { meter } = meterOver({ calls: null, cost: 100, currency: "USD" }, { calls: 1, cost: 20 });
    const first = meter.reserve(2, 60, "USD") as Reservation;
    assert.equal(meter.reserve(2, 60, "USD"), null);
    assert.ok(meter.reserve(2, 0, null), "what costs nothing may leave");
    const changed = meter.changed(2, "USD");
    first.settle(10);
    await changed;
    (meter.reserve(2, 60, "USD") as Reservation).settle(60);
    assert.match(
      refused(() => meter.reserve(2, 60, "USD")),
      /0\.0001 USD were allowed, 0\.00009 USD are used, and the next request may cost 0\.00006 USD/,
    );
  });

  it("does not let money out in another currency than the allowed one", () => {
    const { meter } = meterOver({ calls: null, cost: 100, currency: "USD" });
    assert.match(
      refused(() => meter.reserve(2, 1, "EUR")),
      /0\.0001 USD were allowed, and the next request is paid in EUR/,
    );
  });

  it("bounds nothing where nobody allowed anything, or all was allowed", () => {
    for (const allowed of [null, NO_BOUND]) {
      const { meter } = meterOver(allowed, { calls: 1e6, cost: 1e9 });
      assert.ok(meter.reserve(2, 1e9, "USD"));
    }
  });

  it("waits for an allowance of its own once an iteration before had one", () => {
    const { book, meter } = meterOver(null);
    book.boundedBefore = () => true;
    assert.match(
      refused(() => meter.reserve(2, 0, null)),
      /Nothing is allowed for iteration 2 yet/,
    );
  });

  it("never lets more out than is allowed, whatever the order of events", () => {
    const step = fc.record({
      worst: fc.nat(50),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(20), fc.nat(300), (steps, calls, cost) => {
        const { meter } = meterOver({ calls, cost, currency: "USD" });
        const open: Array<{ reservation: Reservation; worst: number }> = [];
        const sums = { calls: 0, cost: 0 };
        for (const { worst, share, ends } of steps) {
          const ending = ends ? open.shift() : undefined;
          if (ending) {
            const spent = Math.floor(ending.worst * share);
            ending.reservation.settle(spent);
            sums.cost += spent;
          }
          try {
            const reservation = meter.reserve(2, worst, "USD");
            if (reservation) {
              open.push({ reservation, worst });
              sums.calls++;
            }
          } catch (error) {
            assert.ok(error instanceof LionError);
          }
          assert.ok(sums.calls <= calls);
          assert.ok(sums.cost + open.reduce((sum, one) => sum + one.worst, 0) <= cost);
        }
      }),
    );
  });
});

const world = new AskerWorld();
world.install();

/** Allows iteration 1 something, from another connection as it were. */
function allow(allowance: Partial<Allowance>): void {
  world.ledger.allowances.add(1, { ...NO_BOUND, ...allowance }, "ann", 1);
}

describe("Asker: the allowance of an iteration", () => {
  it("is held over all profiles, with eight in flight each, and goes on where it stopped once it is raised", async () => {
    const profiles = { t: world.profile(), u: world.profile({ model: "m-2" }) };
    const asked = [...questions(20), ...questions(20).map((one) => ({ ...one, profile: "u" }))];
    allow({ calls: 10 });
    const { answers, errors } = await askAll(world.bench(profiles).asker, asked);
    assert.equal(answers.length, 10);
    assert.equal(world.endpoint.received.length, 10);
    assert.equal(errors.length, 30);
    allow({ calls: 40 });
    const again = await askAll(world.bench(profiles).asker, asked);
    assert.equal(again.answers.length, 40);
    assert.equal(world.endpoint.received.length, 40, "what was answered is not asked again");
  });

  it("counts what a process that died has sent", async () => {
    allow({ calls: 3 });
    await askAll(world.bench().asker, questions(2));
    world.reopenDatabase();
    const { answers } = await askAll(world.bench().asker, [question("x"), question("y")]);
    assert.equal(answers.length, 1);
  });

  it("never spends more money than allowed, and uses it up", async () => {
    // A request costs at most (1 + 16) × 1 + 10 × 2 = 37 or 38 millionths and really 20.
    const { asker } = world.bench({ t: world.profile({ prices: PRICES, parameters: { max_tokens: 10 } }) });
    allow({ cost: 200, currency: "USD" });
    world.endpoint.script = ({ text }, response) => {
      assert.ok(world.endpoint.inFlight <= 5, "five worst cases fit into the allowance at once");
      reply(response, text);
    };
    const { answers, errors } = await askAll(asker, questions(30));
    assert.equal(answers.length, 9, "9 × 20 are spent, and 20 more might become 38");
    assert.deepEqual(world.ledger.allowances.used(1), { calls: 9, costs: [{ currency: "USD", cost: 180 }] });
    assert.match((errors[0] as Error).message, /0\.0002 USD were allowed/);
  });

  it("wants to know the longest reply before it promises to keep an allowance in money", async () => {
    const { asker } = world.bench({ t: world.profile({ prices: PRICES }) });
    allow({ cost: 1000, currency: "USD" });
    await failing(asker.ask(question("x")), "input", /allowance of iteration 1 is in money.*max_tokens/);
    allow({ calls: 1 });
    await asker.ask(question("x"));
  });

  it("leaves other iterations alone", async () => {
    allow({ calls: 0 });
    const { asker } = world.bench();
    await failing(asker.ask(question("x")), "limit", /iteration 1 leaves no room \(0 calls were allowed, 0 are used\)/);
    await failing(world.bench().asker.ask(question("x", { iteration: 2 })), "limit", /for iteration 2 yet/);
    world.ledger.allowances.add(2, NO_BOUND, "ann", 1);
    await world.bench().asker.ask(question("x", { iteration: 2 }));
  });
});
