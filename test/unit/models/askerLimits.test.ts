import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { refuse, reply } from "../../support/scriptedEndpoint.ts";
import { AskerWorld, askAll, failing, PRICES, question, questions, until } from "./askerWorld.ts";

const world = new AskerWorld();
world.install();

describe("Asker: limits", () => {
  it("sends exactly as many requests as the cap on calls allows, with eight in flight", async () => {
    const { asker } = world.bench({ t: world.profile({ limits: { concurrency: 8, maxCalls: 10 } }) });
    const { answers, errors } = await askAll(asker, questions(30));
    assert.equal(world.endpoint.received.length, 10);
    assert.equal(answers.length, 10);
    assert.ok(errors.every((error) => error instanceof LionError && error.kind === "limit"));
    await failing(
      world.bench({ t: world.profile({ limits: { maxCalls: 10 } }) }).asker.ask(question("x")),
      "limit",
      /10 calls \(10 used\)/,
    );
    assert.equal(world.endpoint.received.length, 10);
  });

  it("counts retries too", async () => {
    world.endpoint.script = (_, response) => refuse(response, 500);
    await failing(
      world.bench({ t: world.profile({ limits: { maxCalls: 2 } }) }).asker.ask(question("x")),
      "limit",
      /cap of 2 calls/,
    );
    assert.equal(world.endpoint.received.length, 2);
  });

  it("never spends more than the cap on money, and uses it up", async () => {
    // A request costs at most (1 + 16) × 1 + 10 × 2 = 37 or 38 millionths and really 20.
    const limits = { concurrency: 8, maxCost: 0.0002 };
    const { asker } = world.bench({ t: world.profile({ limits, prices: PRICES, parameters: { max_tokens: 10 } }) });
    world.endpoint.script = ({ text }, response) => {
      assert.ok(world.endpoint.inFlight <= 5, "five worst cases fit into the cap at once");
      reply(response, text);
    };
    const { answers, errors } = await askAll(asker, questions(30));
    assert.equal(answers.length, 9, "9 × 20 are spent, and 20 more might become 38");
    assert.equal(world.endpoint.received.length, 9);
    assert.deepEqual(world.ledger.spending("t"), { calls: 9, cost: 180 });
    assert.match((errors[0] as Error).message, /cap of 0\.0002 USD/);
  });

  it("takes new limits at once", async () => {
    const { asker, endpoints } = world.bench({ t: world.profile({ limits: { maxCalls: 1 } }) });
    await askAll(asker, questions(3));
    endpoints.configure({ t: world.profile({ limits: { maxCalls: 3 } }) });
    await askAll(asker, questions(3));
    assert.equal(world.endpoint.received.length, 3);
  });

  it("wants to know the longest reply before it promises to keep a cap on money", async () => {
    const limits = { maxCost: 1 };
    await failing(
      world.bench({ t: world.profile({ limits, prices: PRICES }) }).asker.ask(question("x")),
      "input",
      /max_tokens or max_completion_tokens to profiles\.t\.parameters/,
    );
    await failing(world.bench({ t: world.profile({ limits }) }).asker.ask(question("x")), "input", /no prices/);
    assert.equal(world.endpoint.received.length, 0);
  });

  it("counts what a dead process sent at its worst case", async () => {
    const priced = { t: world.profile({ prices: PRICES, parameters: { max_tokens: 10 }, limits: { maxCalls: 2 } }) };
    world.endpoint.script = (_, response) => void response.socket?.pause();
    void world
      .bench(priced)
      .asker.ask(question("x"))
      .catch(() => {});
    await until(() => world.endpoint.received.length === 1);
    world.reopenDatabase();
    assert.equal(world.ledger.markLost(0), 1);
    assert.deepEqual(world.ledger.spending("t"), { calls: 1, cost: 37 });
    world.endpoint.script = ({ text }, response) => reply(response, text);
    const { asker } = world.bench(priced);
    assert.equal((await asker.ask(question("x"))).text, "x");
    await failing(asker.ask(question("y")), "limit");
  });

  it("keeps to the requests a minute over all profiles of the endpoint", async () => {
    const clock = new FakeClock();
    const { asker } = world.bench(
      { t: world.profile({ limits: { requestsPerMinute: 3 } }), u: world.profile() },
      clock,
    );
    const asked = [...questions(7), question("other", { profile: "u" })].map((one) => asker.ask(one));
    await until(() => world.endpoint.received.length === 4);
    await clock.advance(59_999);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(world.endpoint.received.length, 4);
    await clock.advance(1000);
    await until(() => world.endpoint.received.length === 7);
    await clock.advance(61_000);
    await Promise.all(asked);
  });
});
