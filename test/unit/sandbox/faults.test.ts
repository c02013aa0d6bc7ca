import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import OpenAI from "openai";
import { type FaultRule, Faults } from "../../../src/core/sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../../../src/core/sandbox/server.ts";
import { ask, sandboxConfig } from "./support.ts";

const question = {
  model: "oracle-teacher",
  messages: [{ role: "user" as const, content: "Copy these letters: A B C D" }],
};

async function failing(context: TestContext, ...faults: FaultRule[]): Promise<{ sandbox: Sandbox; openai: OpenAI }> {
  const sandbox = await startSandbox({ config: sandboxConfig(), faults });
  context.after(() => sandbox.close());
  return { sandbox, openai: new OpenAI({ baseURL: sandbox.url, apiKey: "none", maxRetries: 0 }) };
}

async function errorOf(openai: OpenAI): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await openai.chat.completions.create(question);
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return error;
  }
  throw new Error("It was answered.");
}

describe("when faults strike", () => {
  const struck = (faults: Faults, bodies: readonly ReturnType<typeof ask>[]): number[] =>
    bodies.flatMap((body, i) => (faults.next(body) === null ? [] : [i + 1]));
  const bodies = Array.from({ length: 12 }, (_, i) =>
    ask(i % 2 === 0 ? "oracle-teacher" : "oracle-referee", `text ${i}`),
  );
  const what = { kind: "reset" } as const;

  it("is told by count, model, repetition and number of times", () => {
    assert.deepEqual(struck(new Faults(1, []), bodies), []);
    assert.deepEqual(struck(new Faults(1, [{ when: { nth: 3 }, what }]), bodies), [3]);
    assert.deepEqual(struck(new Faults(1, [{ when: { nth: [1, 5] }, what }]), bodies), [1, 5]);
    assert.deepEqual(struck(new Faults(1, [{ when: { every: 4 }, what }]), bodies), [4, 8, 12]);
    assert.deepEqual(struck(new Faults(1, [{ when: { model: "referee", nth: 2 }, what }]), bodies), [4]);
    assert.deepEqual(struck(new Faults(1, [{ when: { model: "-teacher" }, times: 2, what }]), bodies), [1, 3]);
    const [body] = bodies;
    assert.ok(body);
    const twice = new Faults(1, [{ when: { firstTimes: 2 }, what }]);
    assert.deepEqual(struck(twice, [body, body, body, { ...body }]), [1, 2]);
  });

  it("is told by a share, the same in every run and for each body in any order", () => {
    const many = Array.from({ length: 1000 }, (_, i) => ask("oracle-teacher", `text ${i}`));
    const rules: FaultRule[] = [{ when: { share: 0.2 }, what }];
    const hit = struck(new Faults(1, rules), many);
    assert.ok(Math.abs(hit.length - 200) < 50, String(hit.length));
    assert.deepEqual(struck(new Faults(1, rules), many), hit);
    assert.deepEqual(
      struck(new Faults(1, rules), many.toReversed())
        .map((i) => 1001 - i)
        .toReversed(),
      hit,
    );
    assert.notDeepEqual(struck(new Faults(2, rules), many), hit);
  });

  it("lets the first rule that meets a request decide", () => {
    const faults = new Faults(1, [{ when: { nth: 2 }, what: { kind: "empty" } }, { what: { kind: "length" } }]);
    assert.deepEqual(
      bodies.slice(0, 3).map((body) => faults.next(body)?.kind),
      ["length", "empty", "length"],
    );
  });
});

describe("each fault", () => {
  it("429 with and without Retry-After, in seconds, milliseconds and as a date", async (context) => {
    const status = { kind: "status", status: 429 } as const;
    const { openai, sandbox } = await failing(
      context,
      { when: { nth: 1 }, what: status },
      { when: { nth: 2 }, what: { ...status, retryAfterSeconds: 7 } },
      { when: { nth: 3 }, what: { ...status, retryAfterSeconds: 1.5, retryAfterAs: "milliseconds" } },
      { when: { nth: 4 }, what: { ...status, retryAfterSeconds: 30, retryAfterAs: "date" } },
      { when: { nth: 5 }, what: { ...status, code: "insufficient_quota", message: "No money left." } },
    );
    assert.equal((await errorOf(openai)).headers?.get("retry-after"), null);
    assert.equal((await errorOf(openai)).headers?.get("retry-after"), "7");
    assert.equal((await errorOf(openai)).headers?.get("retry-after-ms"), "1500");
    const date = Date.parse((await errorOf(openai)).headers?.get("retry-after") ?? "");
    assert.ok(Math.abs(date - Date.now() - 30_000) < 5000);
    const quota = await errorOf(openai);
    assert.equal(quota.status, 429);
    assert.equal(quota.code, "insufficient_quota");
    assert.match(quota.message, /No money left/u);
    assert.equal((await openai.chat.completions.create(question)).choices[0]?.message.content, "A B C D");
    assert.deepEqual(sandbox.stats().faults, { "status 429": 5 });
  });

  it("500 and 503", async (context) => {
    const { openai } = await failing(
      context,
      { when: { nth: 1 }, what: { kind: "status", status: 500 } },
      { what: { kind: "status", status: 503, retryAfterSeconds: 1 } },
    );
    assert.equal((await errorOf(openai)).status, 500);
    const busy = await errorOf(openai);
    assert.equal(busy.status, 503);
    assert.equal(busy.headers?.get("retry-after"), "1");
  });

  it("a reset, a body cut off, and a body that is not JSON: neither counts as answered", async (context) => {
    for (const kind of ["reset", "cut-body", "malformed-json"] as const) {
      const { openai, sandbox } = await failing(context, { when: { firstTimes: 1 }, what: { kind } });
      await assert.rejects(openai.chat.completions.create(question), kind);
      assert.equal(sandbox.stats().answered, 0);
      assert.ok(await openai.chat.completions.create(question));
      assert.equal(sandbox.stats().answered, 1);
    }
  });

  it("a slow reply", async (context) => {
    const { openai } = await failing(context, { what: { kind: "slow", ms: 150 } });
    const begin = performance.now();
    await openai.chat.completions.create(question);
    assert.ok(performance.now() - begin >= 145);
    await assert.rejects(openai.chat.completions.create(question, { timeout: 30 }), OpenAI.APIConnectionTimeoutError);
  });

  it("a refusal, a filter, a cut and an empty reply", async (context) => {
    const { openai } = await failing(
      context,
      ...(["refusal", "content-filter", "length", "empty"] as const).map((kind, i) => ({
        when: { nth: i + 1 },
        what: { kind },
      })),
    );
    const next = async (): Promise<unknown> => {
      const [choice] = (await openai.chat.completions.create(question)).choices;
      return [choice?.message.content, choice?.message.refusal, choice?.finish_reason];
    };
    assert.deepEqual(await next(), [null, "I'm sorry, but I can't help with that.", "stop"]);
    assert.deepEqual(await next(), ["", null, "content_filter"]);
    assert.deepEqual(await next(), ["A B ", null, "length"]);
    assert.deepEqual(await next(), ["", null, "stop"]);
    assert.deepEqual(await next(), ["A B C D", null, "stop"]);
  });

  it("headers with rate limits", async (context) => {
    const { openai } = await failing(context, {
      what: { kind: "rate-limit-headers", limit: 100, remaining: 3, resetSeconds: 2 },
    });
    const { response } = await openai.chat.completions.create(question).withResponse();
    assert.equal(response.headers.get("x-ratelimit-limit-requests"), "100");
    assert.equal(response.headers.get("x-ratelimit-remaining-requests"), "3");
    assert.equal(response.headers.get("x-ratelimit-reset-requests"), "2s");
  });

  it("can be set over HTTP, and nonsense is refused", async (context) => {
    const { openai, sandbox } = await failing(context);
    const set = async (rules: unknown): Promise<number> =>
      (await fetch(new URL("/sandbox/faults", sandbox.url), { method: "POST", body: JSON.stringify(rules) })).status;
    assert.equal(await set([{ what: { kind: "status", status: 500 } }]), 200);
    assert.equal((await errorOf(openai)).status, 500);
    assert.equal(await set([{ what: { kind: "earthquake" } }]), 400);
    assert.equal(await set({ what: "?" }), 400);
    assert.equal((await errorOf(openai)).status, 500);
    assert.equal(await set([]), 200);
    assert.ok(await openai.chat.completions.create(question));
  });
});
