import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { AskFailed } from "../../../src/core/models/askFailed.ts";
import { FakeClock, JumpingClock } from "../../support/fakeClock.ts";
import { refuse, reply } from "../../support/scriptedEndpoint.ts";
import { AskerWorld, askAll, failing, PRICES, question, questions, until } from "./askerWorld.ts";

const world = new AskerWorld();
world.install();

describe("Asker: trouble", () => {
  it("tries again after errors, resets and broken bodies, and charges what may have been paid", async () => {
    world.endpoint.script = ({ text }, response, count) => {
      if (count === 1) {
        refuse(response, 500);
      } else if (count === 2) {
        response.socket?.resetAndDestroy();
      } else if (count === 3) {
        response.writeHead(200, { "content-type": "application/json" }).end("{");
      } else {
        reply(response, text);
      }
    };
    const { asker } = world.bench({ t: world.profile({ prices: PRICES, parameters: { max_tokens: 10 } }) });
    assert.equal((await asker.ask(question("x"))).text, "x");
    assert.deepEqual(
      world.attempts().map(({ state, cost }) => [state, cost]),
      [
        ["failed", 0],
        ["failed", 37],
        ["failed", 37],
        ["settled", 20],
      ],
    );
    assert.deepEqual(
      world.events.map(({ event }) => event),
      ["waiting", "waiting", "waiting"],
    );
    assert.ok(
      world.events.every(({ milliseconds }, i) => i === 0 || milliseconds > (world.events[i - 1]?.milliseconds ?? 0)),
    );
  });

  it("obeys Retry-After for all, and does not count it against the question", async () => {
    const clock = new FakeClock();
    world.endpoint.script = ({ text }, response, count) =>
      count <= 2 ? refuse(response, 429, { message: "slow" }, { "retry-after": "7" }) : reply(response, text);
    const { asker } = world.bench(
      { t: world.profile({ maxAttempts: 1, limits: { concurrency: 1 } }), u: world.profile() },
      clock,
    );
    const first = asker.ask(question("x"));
    await until(() => world.events.length === 1);
    const second = asker.ask(question("y", { profile: "u" }));
    await clock.advance(6999);
    assert.equal(world.endpoint.received.length, 1);
    await clock.advance(1);
    await until(() => world.events.length === 2);
    await clock.advance(6000);
    assert.equal(world.endpoint.received.length, 2);
    await clock.advance(1000);
    assert.equal((await first).text, "x");
    await second;
  });

  it("gives up on an endpoint that only ever says to slow down", async () => {
    world.endpoint.script = (_, response) => refuse(response, 429, { message: "slow" });
    await failing(
      world.bench({ t: world.profile({ maxAttempts: 2 }) }).asker.ask(question("x")),
      "environment",
      /slow down.*requestsPerMinute/,
    );
    assert.equal(world.endpoint.received.length, 10);
    assert.deepEqual(world.ledger.problems(), []);
  });

  it("fails a refused question alone, and never asks it again until it is opened again", async () => {
    world.endpoint.script = ({ text }, response) =>
      text === "q1" ? refuse(response, 400, { message: "too long" }) : reply(response, text);
    const { answers, errors } = await askAll(world.bench().asker, questions(4));
    assert.equal(answers.length, 3);
    assert.ok(errors[0] instanceof AskFailed);
    assert.match(errors[0].message, /refused the request: 400 too long/);
    await assert.rejects(world.bench().asker.ask(question("q1")), AskFailed);
    assert.equal(world.endpoint.received.length, 4);
    world.ledger.reopenFailed("teacher");
    await assert.rejects(world.bench().asker.ask(question("q1")), AskFailed);
    assert.equal(world.endpoint.received.length, 5);
  });

  it("ends the stage when everything is refused", async () => {
    world.endpoint.script = (_, response) => refuse(response, 400, { message: "Unsupported parameter" });
    const { errors } = await askAll(world.bench().asker, questions(40));
    assert.ok(
      errors.some((error) => error instanceof LionError && /refuses every request.*Unsupported/.test(error.message)),
    );
    assert.ok(world.endpoint.received.length < 20);
  });

  it("blames one poisonous question when others are answered", async () => {
    world.endpoint.script = ({ text }, response) => (text === "q0" ? refuse(response, 500) : reply(response, text));
    const { asker } = world.bench({ t: world.profile({ maxAttempts: 3, limits: { concurrency: 1 } }) });
    await assert.rejects(asker.ask(question("q0")), AskFailed);
    assert.deepEqual(world.ledger.problems(), [], "not while nothing proves the endpoint well");
    await asker.ask(question("q1"));
    assert.equal(world.ledger.problems().length, 1);
    await assert.rejects(asker.ask(question("q0")), AskFailed);
    assert.equal(world.endpoint.received.length, 4);
  });

  it("does not mark a thousand questions as failed in an outage", async () => {
    world.endpoint.script = (_, response) => refuse(response, 503);
    const { asker } = world.bench({ t: world.profile({ maxAttempts: 3 }) });
    const { errors } = await askAll(asker, questions(1000));
    assert.equal(errors.length, 1000);
    assert.equal(errors.filter((error) => error instanceof AskFailed).length, 2);
    assert.ok(errors.some((error) => error instanceof LionError && /keeps failing \(503/.test(error.message)));
    assert.deepEqual(world.ledger.problems(), []);
    assert.ok(world.endpoint.received.length < 60, `${world.endpoint.received.length} requests went into the outage`);
    world.endpoint.script = ({ text }, response) => reply(response, text);
    assert.equal((await askAll(world.bench().asker, questions(20))).answers.length, 20);
  });

  it("says in time that nothing listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { asker } = world.bench({ t: world.profile({ baseUrl: `http://127.0.0.1:${port}/v1` }) });
    await failing(
      asker.ask(question("x")),
      "environment",
      new RegExp(`http://127.0.0.1:${port} does not answer \\(nothing listens`),
    );
    assert.deepEqual(
      world.attempts().map(({ state, cost }) => [state, cost]),
      Array(3).fill(["failed", 0]),
    );
  });

  it("names what is wrong with a key, a quota, a model or a profile", async () => {
    const expect = async (status: number, error: Record<string, unknown>, ...patterns: RegExp[]): Promise<void> => {
      world.endpoint.received.length = 0;
      world.endpoint.script = (_, response) => refuse(response, status, error);
      const { asker } = world.bench();
      const { errors } = await askAll(asker, questions(50));
      assert.ok(errors.every((one) => one instanceof LionError && one.kind === "environment"));
      await failing(asker.ask(question("late")), "environment", ...patterns);
      assert.ok(world.endpoint.received.length <= 8, "asked on although the key was refused");
    };
    await expect(401, { message: "no" }, /refused the key of profile "t" \(401 no\).*variable TEACHER_KEY/);
    await expect(429, { message: "no", code: "insufficient_quota" }, /quota at http:.* is used up/);
    await expect(404, { message: "no" }, /model "m-1" of profile "t".*offers: m-1, m-2, m-3, m-4, m-5 and 1 more/);
    await failing(
      world.bench({ t: world.profile() }, new JumpingClock(), "").asker.ask(question("x")),
      "input",
      /variable TEACHER_KEY is not set/,
    );
    await failing(
      world.bench({ t: world.profile() }, new JumpingClock(), "sk a\n").asker.ask(question("x")),
      "input",
      /characters that no key has/,
    );
    await failing(
      world.bench({ t: world.profile({ parameters: { stream: true } }) }).asker.ask(question("x")),
      "input",
      /"stream"/,
    );
    await failing(world.bench().asker.ask(question("x", { profile: "nobody" })), "input", /no profile "nobody"/);
  });

  it("asks again after the line was opened again", async () => {
    world.endpoint.script = (_, response) => refuse(response, 401);
    const { asker, endpoints } = world.bench();
    await failing(asker.ask(question("x")), "environment");
    world.endpoint.script = ({ text }, response) => reply(response, text);
    await failing(asker.ask(question("x")), "environment");
    endpoints.reopen();
    assert.equal((await asker.ask(question("x"))).text, "x");
  });
});
