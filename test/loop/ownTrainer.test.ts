import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { Checkpoint } from "../../src/core/store/training.ts";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import type { FakeTarget } from "../support/fakeTarget.ts";
import { clock, FakePython, never, type World, withFakeHost, world } from "../unit/training/support.ts";

interface Scene extends World {
  readonly fake: FakePython;
  readonly gpu: FakeTarget;
  train(iteration?: number, parent?: Checkpoint | null): Promise<Checkpoint>;
  answer(checkpoint: Checkpoint): Promise<string[]>;
  jobs(): JobDirectory[];
}

/** A project whose student is trained by a shell script of the user's, given data, model and output as its arguments. */
function scene(t: TestContext, script: string, profile: Record<string, unknown> = {}): Scene {
  const command = ["sh", "-c", script, "sh", "{data}", "{model}", "{output}", "{learningRate}"];
  const w = world(
    t,
    {
      targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu" } },
      training: { trainer: { command, setup: "KIND=llama; export KIND" } },
    },
    { base: { weights: "base" }, target: "gpu", template: "chat", ...profile },
  );
  mkdirSync(join(w.projectDir, "base"));
  writeFileSync(join(w.projectDir, "base", "config.json"), "{}");
  const { store, projectDir, dataDir } = w;
  const fake = new FakePython(t);
  const { targets, gpu } = withFakeHost(t, fake.python());
  const services = { store, clock, targets, projectDir, dataDir };
  const examples = ["one", "two"].map((text) => ({ instruction: w.instruction(text), output: `answer ${text}` }));
  const common = { profileName: "student", profile: w.profile };
  return {
    ...{ ...w, fake, gpu },
    train: (iteration = 1, parent = null) =>
      new StudentTrainer(services).train({ ...common, iteration, config: w.config, examples, parent }, () => {}, never),
    answer: async (checkpoint) => {
      const request = {
        ...common,
        iteration: 1,
        purpose: "wave",
        checkpoint,
        processes: 1,
        precision: "bf16" as const,
        seed: 3,
      };
      const instructions = [w.instruction("a")];
      const answers = await new CheckpointStudent(services).answer({ ...request, instructions }, () => {}, never);
      return [...answers.values()].map(({ text }) => text);
    },
    jobs: () => store.training.jobs().map((row) => new JobDirectory(join(dataDir, row.directory))),
  };
}

const TRAIN = `mkdir -p "$3"; echo "{\\"model_type\\": \\"$KIND\\"}" >"$3/config.json"; cat "$1" "$2/config.json" >"$3/model.safetensors"; echo "rate $4"`;

test("a command of one's own trains under the same contract, and its student answers with the profile's template", async (t) => {
  const { train, answer, jobs, gpu, fake, store } = scene(t, TRAIN);
  const checkpoint = await train();
  const [job] = jobs();
  assert.ok(job);
  const weights = gpu.there(job).file("out/checkpoint/model.safetensors");
  assert.equal(checkpoint.weightsSha256, sha256(readFileSync(weights)));
  assert.match(
    readFileSync(weights, "utf8"),
    /^\{"id":"1","instruction":"one","input":"","system":"","output":"answer one"\}\n.*\n\{\}$/,
  );
  assert.equal(existsSync(job.file("out/checkpoint/model.safetensors")), false);
  assert.match(checkpoint.template, /^chat@[0-9a-f]{8}$/);
  assert.equal(job.text("log"), "rate 0.00002\n");
  assert.deepEqual(await answer(checkpoint), ["answer to a"]);
  assert.match(fake.calls()[0]?.argv.join(" ") ?? "", /--model \S+\/out\/checkpoint --template chat /);
  const next = await train(2, checkpoint);
  assert.equal(next.parentId, checkpoint.id);
  assert.equal(gpu.there(jobs().at(-1) as JobDirectory).manifest()?.argv[5], gpu.there(job).file("out/checkpoint"));
  assert.equal(store.training.jobs().filter(({ state }) => state === "collected").length, 3);
});

test("what the command leaves is refused in one sentence when it is no LLaMA, and the next run trains anew", async (t) => {
  for (const [script, sentence] of [
    ["true", /^What the training command left in \S+\/out\/checkpoint has no config\.json that can be read/],
    [`${TRAIN}; rm "$3/model.safetensors"`, /has no model\.safetensors: it has to be a folder with weights/],
    [`KIND=gpt2; ${TRAIN}`, /holds a model of type "gpt2", and a student is a LLaMA/],
  ] as const) {
    const { train, store } = scene(t, script);
    await assert.rejects(
      train(),
      (error) => error instanceof LionError && error.kind === "input" && sentence.test(error.message),
    );
    assert.deepEqual(
      store.training.jobs().map(({ state }) => state),
      ["failed"],
    );
    await assert.rejects(train(), LionError);
    assert.equal(store.training.jobs().length, 2);
  }
});

test("a command that fails is told with its last words, and its setup with the place in lion.json", async (t) => {
  const failing = scene(t, "echo 'RuntimeError: no such stage' >&2; exit 3");
  await assert.rejects(failing.train(), /^LionError: The training of iteration 1 failed: RuntimeError: no such stage/);
  const { store, config, profile, projectDir, dataDir, instruction } = scene(t, TRAIN);
  const { targets } = withFakeHost(t, new FakePython(t).python());
  const trainer = { command: ["true"], setup: "module_that_is_not_there load", goesOnFrom: [] };
  const request = {
    iteration: 1,
    config: { ...config, training: { ...config.training, trainer } },
    profileName: "student",
    profile,
    parent: null,
  };
  const examples = [{ instruction: instruction("x"), output: "y" }];
  await assert.rejects(
    new StudentTrainer({ store, clock, targets, projectDir, dataDir }).train({ ...request, examples }, () => {}, never),
    /The setup lines ended with code 127, so the job did not begin: correct them in lion\.json \(training, trainer, setup\)/,
  );
});

test("a random model is for the trainer that comes with the extension", async (t) => {
  const { train, store } = scene(t, TRAIN, { base: { config: { hidden_size: 8 } } });
  await assert.rejects(
    train(),
    /The base of the profile "student" is a configuration, from which only the trainer "lion" starts/,
  );
  assert.deepEqual(store.training.jobs(), []);
});
