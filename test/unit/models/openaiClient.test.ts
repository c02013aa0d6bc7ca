import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import { SystemClock } from "../../../src/core/clock.ts";
import { OpenAiClient } from "../../../src/core/models/openaiClient.ts";
import { ChatFailure, type ChatFailureKind, type ChatRequest } from "../../../src/core/models/types.ts";
import { json, refuse, reply, type Script, ScriptedEndpoint } from "../../support/scriptedEndpoint.ts";

const KEY = "sk-secret-0123456789";
const endpoint = new ScriptedEndpoint();
const request: ChatRequest = {
  model: "m-1",
  messages: [{ role: "user", content: "hello" }],
  parameters: { max_completion_tokens: 7 },
  key: "a".repeat(64),
};

function client(overrides: Partial<ConstructorParameters<typeof OpenAiClient>[0]> = {}): OpenAiClient {
  return new OpenAiClient({ baseUrl: endpoint.url, key: KEY, timeoutMs: 2000, clock: new SystemClock(), ...overrides });
}

async function failure(script: Script, chat = client()): Promise<ChatFailure> {
  endpoint.script = script;
  const error = await chat.complete(request).then(
    () => assert.fail("a reply came"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ChatFailure, String(error));
  assert.ok(!error.message.includes(KEY), "the key is in the message");
  return error;
}

describe("OpenAiClient", () => {
  before(() => endpoint.listen());
  after(() => endpoint.close());
  afterEach(() => {
    endpoint.received.length = 0;
  });

  describe("sends", () => {
    it("the parameters as written, the model, the key of the request, and nothing that was not asked for", async () => {
      endpoint.script = (_, response) => reply(response, "hi");
      await client().complete({ ...request, seed: 5 });
      const [received] = endpoint.received;
      assert.equal(received?.path, "/v1/chat/completions");
      assert.deepEqual(received?.body, { model: "m-1", messages: request.messages, max_completion_tokens: 7, seed: 5 });
      assert.equal(received?.headers["idempotency-key"], request.key);
      assert.equal(received?.headers.authorization, `Bearer ${KEY}`);
    });

    it("no seed when none is given, and no authorization without a key, whatever the environment holds", async () => {
      const variables = { OPENAI_API_KEY: "sk-env", OPENAI_ORG_ID: "org", OPENAI_CUSTOM_HEADERS: "X-Secret: 1" };
      Object.assign(process.env, variables);
      try {
        endpoint.script = (_, response) => reply(response, "hi");
        await client({ key: null }).complete(request);
        const [received] = endpoint.received;
        assert.ok(!("seed" in (received?.body ?? {})));
        const headers = received?.headers ?? {};
        assert.equal(headers.authorization, undefined);
        assert.equal(headers["openai-organization"], undefined);
        assert.equal(headers["x-secret"], undefined);
      } finally {
        for (const name of Object.keys(variables)) {
          delete process.env[name];
        }
      }
    });

    it("a question for the models on offer", async () => {
      assert.deepEqual(await client().models(), ["m-1", "m-2", "m-3", "m-4", "m-5", "m-6"]);
    });
  });

  describe("reads replies", () => {
    const cases: Array<[string, string | null, Record<string, unknown>, string, string]> = [
      ["complete", "an answer", {}, "complete", "an answer"],
      ["cut off", "an ans", { finish_reason: "length" }, "cut", "an ans"],
      ["empty", " \n", {}, "empty", " \n"],
      ["null", null, {}, "empty", ""],
      ["cut off before a word came", "", { finish_reason: "length" }, "cut", ""],
      ["filtered", "…", { finish_reason: "content_filter" }, "refused", "…"],
      ["refused", null, { message: { content: null, refusal: "I can't." } }, "refused", "I can't."],
      ["in parts", null, { message: { content: [{ type: "text", text: "a" }, { text: "b" }] } }, "complete", "ab"],
    ];
    for (const [name, content, overrides, kind, text] of cases) {
      it(name, async () => {
        endpoint.script = (_, response) => reply(response, content, overrides);
        const answer = await client().complete(request);
        assert.equal(answer.kind, kind);
        assert.equal(answer.text, text);
        assert.equal(answer.model, "m-1-2026");
        assert.equal(answer.inputTokens, 10);
        assert.equal(answer.outputTokens, 5);
      });
    }

    it("without usage, model or a JSON content type", async () => {
      const body = { choices: [{ message: { content: "x" }, finish_reason: "stop" }] };
      endpoint.script = (_, response) => {
        response.writeHead(200, { "content-type": "text/plain" });
        response.end(JSON.stringify(body));
      };
      const answer = await client().complete(request);
      assert.deepEqual(answer, {
        text: "x",
        kind: "complete",
        finishReason: "stop",
        model: "m-1",
        inputTokens: null,
        outputTokens: null,
      });
    });
  });

  describe("tells failures apart", () => {
    const cases: Array<[string, number, Record<string, unknown>, ChatFailureKind]> = [
      ["401", 401, { message: `Incorrect API key provided: ${KEY}` }, "auth"],
      ["403", 403, { message: "no" }, "auth"],
      ["404", 404, { message: "The model `m-1` does not exist", code: "model_not_found" }, "model"],
      ["404 without words", 404, {}, "model"],
      ["400 with the model's code", 400, { message: "nope", code: "model_not_found" }, "model"],
      ["400 with the model's name", 400, { message: "m-1 is not a valid model ID" }, "model"],
      ["400 that the model is unknown", 400, { message: "The model 'm-1' does not exist." }, "model"],
      ["400 for a long prompt", 400, { message: "This model's maximum context length is 4096 tokens." }, "request"],
      [
        "400 for a parameter",
        400,
        { message: "'max_tokens' is not supported with this model.", param: "max_tokens" },
        "request",
      ],
      ["422", 422, { message: "bad" }, "request"],
      ["413", 413, { message: "too large" }, "request"],
      ["402", 402, { message: "no credit" }, "quota"],
      ["429 without quota", 429, { message: "You exceeded your quota", code: "insufficient_quota" }, "quota"],
      ["429", 429, { message: "slow down" }, "rate"],
      ["408", 408, {}, "server"],
      ["409", 409, {}, "server"],
      ["500", 500, { message: "oops" }, "server"],
      ["529", 529, { message: "overloaded" }, "server"],
    ];
    for (const [name, status, error, kind] of cases) {
      it(`${name} is ${kind}`, async () => {
        const failed = await failure((_, response) => refuse(response, status, error));
        assert.equal(failed.kind, kind);
        assert.equal(failed.status, status);
        assert.equal(endpoint.received.length, 1, "a request was sent again");
      });
    }

    it("an HTML page with 502", async () => {
      const failed = await failure((_, response) => {
        response.writeHead(502, { "content-type": "text/html" });
        response.end(`<html>${"x".repeat(5000)}</html>`);
      });
      assert.equal(failed.kind, "server");
      assert.ok(failed.message.length < 400);
    });

    it("a redirect, which is not followed", async () => {
      const failed = await failure((_, response) => {
        response.writeHead(307, { location: `${endpoint.url}/elsewhere` });
        response.end();
      });
      assert.equal(failed.kind, "unreachable");
      assert.equal(endpoint.received.length, 1);
    });

    const broken: Array<[string, unknown, ChatFailureKind]> = [
      ["a 200 without choices", { id: "x" }, "network"],
      ["a 200 with no choice", { choices: [] }, "network"],
      ["a 200 with null", null, "network"],
      ["a 200 with an error", { error: { message: "upstream failed" } }, "server"],
      ["a 200 with an error and choices", { error: { message: "no", code: 400 }, choices: [] }, "server"],
      ["a 200 with a rate limit", { error: { message: "slow", code: 429 } }, "rate"],
      [
        "a choice that ended in an error",
        { choices: [{ message: { content: "x" }, finish_reason: "error" }] },
        "server",
      ],
    ];
    for (const [name, body, kind] of broken) {
      it(name, async () => {
        assert.equal((await failure((_, response) => json(response, 200, body))).kind, kind);
      });
    }

    it("malformed JSON", async () => {
      const failed = await failure((_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"choices": [{"mess');
      });
      assert.equal(failed.kind, "network");
    });

    it("a body that ends early", async () => {
      const failed = await failure((_, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
        response.write('{"choices"');
        setImmediate(() => response.destroy());
      });
      assert.equal(failed.kind, "network");
    });

    it("a reset connection", async () => {
      const failed = await failure((_, response) => void response.socket?.resetAndDestroy());
      assert.equal(failed.kind, "network");
    });

    it("no reply in time, a body that never ends, and an error's body that never ends", async () => {
      const hasty = client({ timeoutMs: 80 });
      const open =
        (status: number): Script =>
        (_, response) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.write("{");
        };
      assert.match((await failure(() => {}, hasty)).message, /in time/);
      assert.equal((await failure(open(200), hasty)).kind, "network");
      assert.equal((await failure(open(500), hasty)).kind, "server");
    });

    it("nothing listening, and a name that does not resolve", async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      await new Promise((resolve) => server.close(resolve));
      const refused = await failure(() => {}, client({ baseUrl: `http://127.0.0.1:${port}/v1` }));
      assert.equal(refused.kind, "unreachable");
      assert.match(refused.message, /nothing listens there, ECONNREFUSED/);
      const nameless = await failure(() => {}, client({ baseUrl: "http://no-such-host.invalid/v1" }));
      assert.equal(nameless.kind, "unreachable");
    });
  });

  describe("reads Retry-After", () => {
    const cases: Array<[string, Record<string, string>, (ms: number | null) => boolean]> = [
      ["in seconds", { "retry-after": "3" }, (ms) => ms === 3000],
      ["in fractions", { "retry-after": "0.25" }, (ms) => ms === 250],
      ["in milliseconds", { "retry-after-ms": "120", "retry-after": "9" }, (ms) => ms === 120],
      [
        "as a date",
        { "retry-after": new Date(Date.now() + 60_000).toUTCString() },
        (ms) => ms !== null && ms > 50_000 && ms <= 60_000,
      ],
      ["as a date gone by", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }, (ms) => ms === 0],
      ["as nonsense", { "retry-after": "soon" }, (ms) => ms === null],
      ["not at all", {}, (ms) => ms === null],
    ];
    for (const [name, headers, holds] of cases) {
      it(name, async () => {
        for (const status of [429, 503]) {
          const { retryAfterMs } = await failure((_, response) => refuse(response, status, { message: "x" }, headers));
          assert.ok(holds(retryAfterMs), String(retryAfterMs));
        }
      });
    }
  });
});
