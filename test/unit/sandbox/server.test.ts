import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import OpenAI from "openai";
import { LionError } from "../../../src/core/errors.ts";
import { Random } from "../../../src/core/random.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../src/core/sandbox/server.ts";
import { compare, sandboxConfig } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "lion-sandbox-"));
after(() => rmSync(folder, { recursive: true }));

async function started(context: TestContext, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ config: sandboxConfig(), ...options });
  context.after(() => sandbox.close());
  return sandbox;
}

function client({ url }: Sandbox, apiKey = "none"): OpenAI {
  return new OpenAI({ baseURL: url, apiKey, maxRetries: 0 });
}

const question = {
  model: "oracle-teacher",
  messages: [{ role: "user" as const, content: "Sort these digits: 3 1 2" }],
};

async function post(sandbox: Sandbox, body: unknown, path = "/v1/chat/completions"): Promise<Response> {
  return fetch(new URL(path, sandbox.url), {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("the sandbox's endpoint", () => {
  it("speaks to the openai package", async (context) => {
    const sandbox = await started(context);
    const openai = client(sandbox);
    const reply = await openai.chat.completions.create(question);
    assert.equal(reply.choices[0]?.message.content, "1 2 3");
    assert.equal(reply.choices[0]?.finish_reason, "stop");
    assert.equal(reply.model, "oracle-teacher");
    assert.deepEqual(reply.usage, { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 });
    const names = (await openai.models.list()).data.map(({ id }) => id);
    assert.deepEqual(names, [
      "oracle-teacher",
      "oracle-student",
      "oracle-referee",
      "oracle-generator",
      "oracle-evaluator",
    ]);
  });

  it("knows the role by the ending of the model's name", async (context) => {
    const openai = client(await started(context));
    const reply = await openai.chat.completions.create({ ...question, model: "my-own-teacher" });
    assert.equal(reply.choices[0]?.message.content, "1 2 3");
    const content = compare("Sort these digits: 3 1 2", "1 2 3", "9");
    for (const model of ["oracle-referee", "oracle-evaluator"]) {
      const judged = await openai.chat.completions.create({ model, messages: [{ role: "user", content }] });
      assert.match(judged.choices[0]?.message.content ?? "", /Score of Assistant 1: \d/u);
    }
  });

  it("takes content in parts and obeys token limits", async (context) => {
    const openai = client(await started(context));
    const reply = await openai.chat.completions.create({
      model: "oracle-teacher",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Sort these digits:" },
            { type: "text", text: "3 1 2" },
          ],
        },
      ],
      max_completion_tokens: 1,
    });
    assert.equal(reply.choices[0]?.message.content, "1 2 ");
    assert.equal(reply.choices[0]?.finish_reason, "length");
  });

  it("gives equal bytes for equal bodies, in any order of arrival", async (context) => {
    const bodies = Array.from({ length: 40 }, (_, i) => ({
      model: i % 2 === 0 ? "oracle-referee" : "oracle-generator",
      messages: [{ role: "user", content: compare("Sort these digits: 3 1 2", "1 2 3", "9", `Go ${i}.`) }],
      seed: i,
    }));
    const replies = async (order: readonly number[]): Promise<string[]> => {
      const sandbox = await started(context);
      const texts: string[] = [];
      await Promise.all(
        order.map(async (i) => {
          texts[i] = await (await post(sandbox, bodies[i])).text();
        }),
      );
      return texts;
    };
    const order = bodies.map((_, i) => i);
    assert.deepEqual(await replies(new Random("arrival").shuffle(order)), await replies(order));
  });

  it("refuses what it does not serve with OpenAI's errors", async (context) => {
    const sandbox = await started(context);
    const openai = client(sandbox);
    const refused = async (
      run: Promise<unknown>,
      status: number,
      code: string | null,
      message: RegExp,
    ): Promise<void> => {
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof OpenAI.APIError);
        assert.equal(error.status, status);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    };
    await refused(openai.chat.completions.create({ ...question, stream: true }), 400, "unsupported_value", /stream/u);
    await refused(openai.chat.completions.create({ ...question, n: 2 }), 400, "unsupported_value", /'n'/u);
    await refused(openai.chat.completions.create({ ...question, model: "gpt-4" }), 404, "model_not_found", /gpt-4/u);
    await refused(
      openai.chat.completions.create({ ...question, model: "replay-teacher" }),
      404,
      "model_not_found",
      /replay/u,
    );
    await refused(openai.chat.completions.create({ ...question, messages: [] }), 400, null, /messages/u);
    await refused(openai.embeddings.create({ model: "oracle-teacher", input: "x" }), 404, "unknown_url", /embeddings/u);
    for (const body of ["", "{", "[]", "null", '"x"', '{"model":1}', '{"__proto__":{"model":"x"}}']) {
      const response = await post(sandbox, body);
      assert.equal(response.status, 400, body);
      assert.equal(((await response.json()) as { error: { type: string } }).error.type, "invalid_request_error");
    }
    assert.equal((await post(sandbox, "x".repeat(17 * 1024 * 1024))).status, 413);
    assert.equal(sandbox.stats().requests, 0);
  });

  it("asks for the key when it has one", async (context) => {
    const sandbox = await started(context, { key: "sk-sandbox" });
    await assert.rejects(client(sandbox, "sk-other").chat.completions.create(question), OpenAI.AuthenticationError);
    assert.equal((await fetch(new URL("/sandbox/stats", sandbox.url))).status, 401);
    assert.ok(await client(sandbox, "sk-sandbox").chat.completions.create(question));
  });

  it("counts by model and by key, and logs what it answered", async (context) => {
    const requestLog = join(folder, "requests.jsonl");
    const sandbox = await started(context, {
      requestLog,
      faults: [{ when: { nth: 2 }, what: { kind: "status", status: 500 } }],
    });
    const openai = client(sandbox);
    const send = (key: string): Promise<unknown> =>
      openai.chat.completions.create(question, { headers: { "Idempotency-Key": key } });
    await send("a");
    await assert.rejects(send("b"));
    await send("b");
    await openai.chat.completions.create({ ...question, model: "oracle-student" });
    const stats = sandbox.stats();
    assert.deepEqual(stats.keys, { a: { requests: 1, answered: 1 }, b: { requests: 2, answered: 1 } });
    assert.deepEqual(stats.models["oracle-teacher"], { requests: 3, answered: 2 });
    assert.equal(stats.answered, 3);
    assert.deepEqual(stats.faults, { "status 500": 1 });
    assert.deepEqual(await (await fetch(new URL("/sandbox/stats", sandbox.url))).json(), stats);
    const lines = readFileSync(requestLog, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ key, model }) => [key, model]),
      [
        ["a", "oracle-teacher"],
        ["b", "oracle-teacher"],
        [null, "oracle-student"],
      ],
    );
    assert.ok(lines.every(({ at }) => Math.abs(at - Date.now()) < 60_000));
  });

  it("waits as long as it is told", async (context) => {
    const sandbox = await started(context, { config: sandboxConfig({ latencyMs: 120 }) });
    const begin = performance.now();
    await Promise.all([post(sandbox, question), post(sandbox, question)]);
    const passed = performance.now() - begin;
    assert.ok(passed >= 115 && passed < 1000, String(passed));
  });

  it("ends at once with requests in flight, and does not count them as answered", async () => {
    const sandbox = await startSandbox({ config: sandboxConfig({ latencyMs: 60_000 }) });
    const waiting = assert.rejects(post(sandbox, question));
    while (sandbox.stats().requests === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await sandbox.close();
    await waiting;
    assert.equal(sandbox.stats().answered, 0);
  });

  it("listens on loopback only, and says when a port is taken", async (context) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    await assert.rejects(startSandbox({ config: sandboxConfig(), port }), (error) => {
      assert.ok(error instanceof LionError);
      assert.match(error.message, new RegExp(`port ${port}`, "u"));
      return true;
    });
    assert.match((await started(context)).url, /^http:\/\/127\.0\.0\.1:\d+\/v1$/u);
  });

  it("refuses a configuration that it cannot serve", async () => {
    const refused = (config: Parameters<typeof sandboxConfig>[0], message: RegExp): Promise<void> =>
      assert.rejects(
        startSandbox({ config: sandboxConfig(config) }),
        (error) => error instanceof LionError && error.kind === "input" && message.test(error.message),
      );
    await refused({ mind: "replay" }, /sandbox\.set/u);
    await refused({ mind: "replay", set: "nowhere.json" }, /nowhere\.json/u);
    await refused({ families: ["poems"] }, /"poems"/u);
  });
});
