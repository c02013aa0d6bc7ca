import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { JumpingClock } from "../../support/fakeClock.ts";
import { refuse, reply } from "../../support/scriptedEndpoint.ts";
import { AskerWorld, askAll, failing, KEY, PRICES, question, questions, until } from "./askerWorld.ts";

const world = new AskerWorld();
world.install();

describe("Asker: answers", () => {
  it("stores the reply with everything known about it, and sends the parameters as written", async () => {
    const { asker } = world.bench({ t: world.profile({ parameters: { max_completion_tokens: 9 }, prices: PRICES }) });
    const answer = await asker.ask(question("hello", { parameters: { response_format: { type: "json_object" } } }));
    const { seed, ...body } = world.endpoint.received[0]?.body ?? {};
    assert.deepEqual(body, {
      model: "m-1",
      messages: [{ role: "user", content: "hello" }],
      max_completion_tokens: 9,
      response_format: { type: "json_object" },
    });
    assert.ok(Number.isInteger(seed));
    assert.equal(world.endpoint.received[0]?.headers["idempotency-key"], answer.requestKey);
    assert.equal(answer.text, "echo: hello");
    assert.equal(answer.writtenBy, "m-1-2026");
    assert.equal(answer.modelAsked, "m-1");
    assert.equal(answer.cost, 10 * 1 + 5 * 2);
    assert.deepEqual(world.ledger.answer(answer.id), answer);
    assert.deepEqual(world.ledger.spending("t"), { calls: 1, cost: 20 });
  });

  it("leaves the seed out for endpoints that do not know it", async () => {
    await world.bench({ t: world.profile({ sendSeed: false }) }).asker.ask(question("hello"));
    assert.ok(!("seed" in (world.endpoint.received[0]?.body ?? {})));
  });

  it("never asks again what is stored, without a key too", async () => {
    const first = await world.bench().asker.ask(question("hello"));
    const again = await world.bench({ t: world.profile() }, new JumpingClock(), "").asker.ask(question("hello"));
    assert.equal(again.id, first.id);
    assert.equal(world.endpoint.received.length, 1);
    await world.bench().asker.ask(question("hello", { draw: 1 }));
    assert.equal(world.endpoint.received.length, 2);
  });

  it("shares an equal request in flight", async () => {
    const { asker } = world.bench();
    const { answers } = await askAll(asker, [question("a"), question("a", { instructionId: null }), question("b")]);
    assert.equal(world.endpoint.received.length, 2);
    assert.equal(answers[0]?.id, answers[1]?.id);
  });

  it("counts refused, empty and cut-off replies as answers", async () => {
    world.endpoint.script = ({ text }, response) =>
      text === "cut"
        ? reply(response, "ab", { finish_reason: "length" })
        : reply(response, text === "empty" ? "" : null, text === "empty" ? {} : { message: { refusal: "no" } });
    const { answers } = await askAll(world.bench().asker, [question("cut"), question("empty"), question("refused")]);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ["cut", "empty", "refused"],
    );
  });

  it("keeps the concurrency", async () => {
    world.endpoint.script = async ({ text }, response) => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      reply(response, text);
    };
    await askAll(world.bench({ t: world.profile({ limits: { concurrency: 3 } }) }).asker, questions(15));
    assert.equal(world.endpoint.mostInFlight, 3);
  });

  it("keeps the key out of the database, its errors and its events", async () => {
    world.endpoint.script = (_, response, count) =>
      count < 3
        ? refuse(response, 500, { message: `bad key ${KEY}` })
        : refuse(response, 401, { message: `bad key ${KEY}` });
    const error = await failing(world.bench().asker.ask(question("a")), "environment", /\[key\]/);
    world.db.pragma("wal_checkpoint(TRUNCATE)");
    const written =
      readFileSync(join(world.folder, "lion.db")).toString("latin1") + error.stack + JSON.stringify(world.events);
    assert.ok(written.includes("[key]"));
    assert.ok(!written.includes(KEY));
  });
});

describe("Asker: stopping", () => {
  it("sends nothing new, awaits what is in flight and stores it", async () => {
    const held: Array<() => void> = [];
    world.endpoint.script = ({ text }, response) => void held.push(() => reply(response, text));
    const controller = new AbortController();
    const { asker } = world.bench({ t: world.profile({ limits: { concurrency: 3 } }) });
    const all = askAll(asker, questions(10), controller.signal);
    await until(() => held.length === 3);
    controller.abort();
    await failing(asker.ask(question("new"), controller.signal), "interrupted");
    for (const release of held) {
      release();
    }
    const { answers, errors } = await all;
    assert.equal(answers.length, 3);
    assert.ok(errors.every((error) => error instanceof LionError && error.kind === "interrupted"));
    assert.equal(world.endpoint.received.length, 3);
    assert.equal(world.db.prepare("SELECT count(*) FROM answer").pluck().get(), 3);
  });

  it("does not try again", async () => {
    const controller = new AbortController();
    world.endpoint.script = (_, response) => {
      controller.abort(new LionError("interrupted", "Paused."));
      refuse(response, 500);
    };
    await failing(world.bench().asker.ask(question("x"), controller.signal), "interrupted", /^Paused\.$/);
    assert.equal(world.endpoint.received.length, 1);
  });

  it("stores before it answers", async () => {
    const { asker } = world.bench();
    await asker.ask(question("x")).then((answer) => assert.equal(world.ledger.answer(answer.id).text, "echo: x"));
    assert.deepEqual(
      world.attempts().map(({ state }) => state),
      ["settled"],
    );
  });
});
