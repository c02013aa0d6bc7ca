import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { BaseModel } from "../../../src/core/training/baseModel.ts";
import { settingsFor } from "../../../src/core/training/commands.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { adviceOn, failureOf, lastWords } from "../../../src/core/training/jobFailure.ts";
import { trainingDataHash, writeTrainingFile } from "../../../src/core/training/trainingFile.ts";
import { localTarget, temporaryFolder, world } from "./support.ts";

test("the training file holds the rows in their order, and its hash is known before it is written", (t) => {
  const { instruction, store } = world(t);
  const examples = store.write(() =>
    Array.from({ length: 2003 }, (_, n) => ({
      instruction: instruction(`do ${n}\u2028`, n % 2 ? "with" : ""),
      output: `é${n}`,
    })),
  );
  const file = join(temporaryFolder(t), "train.jsonl");
  writeTrainingFile(file, examples);
  const text = readFileSync(file, "utf8");
  const rows = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  assert.equal(rows.length, 2003);
  assert.deepEqual(rows[1], { id: "2", instruction: "do 1\u2028", input: "with", system: "", output: "é1" });
  assert.equal(trainingDataHash(examples), sha256(text));
  assert.notEqual(trainingDataHash(examples.toReversed()), sha256(text));
});

test("a conversation is refused instead of being cut to its last turn", (t) => {
  const { store } = world(t);
  const turns = ["a", "b", "c"].map((content, n) => ({
    role: n === 1 ? ("assistant" as const) : ("user" as const),
    content,
  }));
  const id = store.instructions.insert({ turns, input: "", system: "", origin: "imported" }, 1);
  const conversation = store.instructions.get(id);
  assert.ok(conversation);
  assert.throws(() => trainingDataHash([{ instruction: conversation, output: "" }]), /conversation of 3 turns/);
});

test("the first iteration's settings differ where lion.json says so", (t) => {
  const { config } = world(t, { training: { epochs: 8, learningRate: 1e-3, first: { epochs: 16 } } });
  assert.equal(settingsFor(1, config.training).epochs, 16);
  assert.equal(settingsFor(1, config.training).learningRate, 1e-3);
  assert.equal(settingsFor(2, config.training).epochs, 8);
});

test("a base is known by its content, not by its place", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "a"));
  writeFileSync(join(folder, "a", "config.json"), "{}");
  writeFileSync(join(folder, "a", "model.safetensors"), "weights");
  cpSync(join(folder, "a"), join(folder, "b"), { recursive: true });
  const hash = (base: ConstructorParameters<typeof BaseModel>[0]): Promise<string> =>
    new BaseModel(base, folder).hash(localTarget());
  const original = await hash({ weights: "a" });
  assert.equal(await hash({ weights: join(folder, "b") }), original);
  writeFileSync(join(folder, "b", "model.safetensors"), "Weights");
  assert.notEqual(await hash({ weights: "b" }), original);
  assert.equal(await hash({ gguf: "a/config.json" }), sha256("{}"));
  const tokenizer = { vocabulary: 640 };
  assert.equal(await hash({ config: { a: 1, b: 2 }, tokenizer }), await hash({ config: { b: 2, a: 1 }, tokenizer }));
  for (const base of [{ gguf: "a" }, { weights: "nowhere" }]) {
    await assert.rejects(hash(base), (error) => error instanceof LionError && /lion\.json\.$/.test(error.message));
  }
});

const TORCHRUN_REPORT = `error: the data is empty.
E1121 08:53:20.123000 4711 torch/distributed/elastic/multiprocessing/api.py:882] failed (exitcode: 2) local_rank: 0 (pid: 4712) of binary: python
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
lion_trainer.train FAILED
------------------------------------------------------------
Failures:
  <NO_OTHER_FAILURES>
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-21_08:53:20
  rank      : 0 (local_rank: 0)
  exitcode  : 2 (pid: 4712)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
============================================================
`;

for (const [name, log, words] of [
  ["the trainer's own error", TORCHRUN_REPORT, "the data is empty."],
  ["an exception", "Traceback (most recent call last):\n  File x\nRuntimeError: no\n", "RuntimeError: no"],
  [
    "a module that is not there",
    "/usr/bin/python3: No module named lion_trainer\n",
    "/usr/bin/python3: No module named lion_trainer",
  ],
  [
    "a wrong flag",
    "usage: x [-h]\ntrain.py: error: unrecognized arguments: --b\n",
    "train.py: error: unrecognized arguments: --b",
  ],
  [
    "a program that is not there",
    "setsid: failed to execute /x: No such file or directory\n",
    "setsid: failed to execute /x: No such file or directory",
  ],
  ["nothing", "", ""],
] as const) {
  test(`the last words of a log: ${name}`, () => assert.equal(lastWords(log), words));
}

test("killed from outside and failed by itself are told apart", (t) => {
  const kind = (code: number, log: string, state: object | null): string => {
    const job = new JobDirectory(temporaryFolder(t));
    writeFileSync(job.file("log"), log);
    if (state) {
      writeFileSync(job.file("state.json"), JSON.stringify(state));
    }
    const failure = failureOf(job, { state: "exited", code });
    return failure.kind === "own" ? failure.reason : failure.kind;
  };
  assert.equal(kind(137, "", null), "killed");
  assert.equal(kind(143, "", { state: "failed", message: "stopped by a signal" }), "killed");
  // torchrun ends with 1 whatever its workers died of.
  assert.equal(kind(1, "", { state: "running" }), "killed");
  const report = (...codes: number[]): string => codes.map((code) => `  exitcode  : ${code} (pid: 12)\n`).join("");
  assert.equal(kind(1, report(-9), null), "killed");
  assert.equal(kind(1, report(-9), { state: "done" }), "killed");
  assert.equal(
    kind(1, report(1, -9), { state: "failed", message: "RuntimeError: Connection closed by peer" }),
    "killed",
  );
  assert.equal(
    kind(1, report(-9, 1), { state: "failed", message: "RuntimeError: Connection closed by peer" }),
    "killed",
  );
  assert.equal(kind(1, report(143), { state: "failed", message: "RuntimeError: Connection closed by peer" }), "killed");
  assert.equal(
    kind(1, report(143, 1), { state: "failed", message: "the loss is not a number" }),
    "the loss is not a number",
  );
  assert.equal(kind(1, TORCHRUN_REPORT, { state: "failed", message: "the data is empty." }), "the data is empty.");
  assert.equal(
    kind(2, "error: train.jsonl: line 3 is not valid JSON.\n", null),
    "train.jsonl: line 3 is not valid JSON.",
  );
  assert.equal(kind(3, "", null), "exit code 3");
  assert.equal(failureOf(new JobDirectory("/nowhere"), { state: "lost" }).kind, "killed");
});

test("some reasons come with advice", () => {
  assert.match(
    adviceOn("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory") ?? "",
    /microBatchTokens/,
  );
  assert.match(adviceOn("OSError: [Errno 28] No space left on device") ?? "", /disk/);
  assert.match(adviceOn("ModuleNotFoundError: No module named 'torch'") ?? "", /setup:trainer/);
  assert.equal(adviceOn("the loss is not a number"), null);
});
