import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BadRequestError, NotFoundError, OpenAI } from "openai";
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../unit/training/support.ts";

const trainerRoot = join(import.meta.dirname, "../../trainer");
const python = new Python({
  ...{ runner: new SystemProcessRunner(), configured: undefined, projectDir: "/" },
  ...{ trainerRoot, environment: process.env },
});
const missing = await python.versions().then(
  () => null,
  (error: Error) => error.message,
);

const CONFIG = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ max_position_embeddings: 128, vocab_size: 300, tie_word_embeddings: true },
};

test("OpenAI's own client reads what a served student says, whole and streamed", {
  skip: missing ?? false,
  timeout: 120_000,
}, async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  writeFileSync(at("config.json"), JSON.stringify(CONFIG));
  const rows = Array.from({ length: 64 }, (_, n) => ({ instruction: `Say ${"ABCDEFGH"[n % 8]}`, output: "A B" }));
  writeFileSync(at("train.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const { executable, variables } = python;
  const env = { ...process.env, ...variables, OMP_NUM_THREADS: "1" };
  const flags = ["--data_path", at("train.jsonl"), "--config_json", at("config.json"), "--output_dir", at("student")];
  const recipe = ["--batch_size", "8", "--num_train_epochs", "4", "--learning_rate", "1e-2"];
  execFileSync(executable, ["-m", "lion_trainer.train", ...flags, ...recipe], { env, stdio: "ignore" });

  const argv = ["-m", "lion_trainer.serve", "--model", at("student"), "--ready", at("ready.json")];
  const server = spawn(executable, argv, { env, stdio: "ignore" });
  t.after(() => server.kill("SIGKILL"));
  await until(() => existsSync(at("ready.json")), "the server is ready");
  const { port, model, pid } = JSON.parse(readFileSync(at("ready.json"), "utf8"));
  assert.equal(pid, server.pid);
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "none", maxRetries: 0 });
  assert.deepEqual(
    (await client.models.list()).data.map((one) => one.id),
    [model],
  );

  const request = { model, messages: [{ role: "user" as const, content: "Say C" }], temperature: 0, max_tokens: 8 };
  const whole = await client.chat.completions.create(request);
  const said = whole.choices[0]?.message.content ?? "";
  assert.notEqual(said, "");
  assert.equal(whole.usage?.total_tokens, (whole.usage?.prompt_tokens ?? 0) + (whole.usage?.completion_tokens ?? 0));

  const stream = await client.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  let reason: string | null = null;
  let usage: OpenAI.CompletionUsage | null = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    reason = chunk.choices[0]?.finish_reason ?? reason;
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, said);
  assert.equal(reason, whole.choices[0]?.finish_reason);
  assert.deepEqual(usage, whole.usage);

  const raw = { model, prompt: "### Instruction:\nSay C\n\n### Response:\n", temperature: 0, max_tokens: 8 };
  assert.equal((await client.completions.create(raw)).choices[0]?.text, said);
  await assert.rejects(client.chat.completions.create({ ...request, model: "other" }), NotFoundError);
  await assert.rejects(client.chat.completions.create({ ...request, n: 2 }), BadRequestError);

  server.kill("SIGTERM");
  assert.deepEqual(await once(server, "exit"), [0, null]);
  assert.equal(existsSync(at("ready.json")), false);
});
