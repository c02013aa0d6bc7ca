import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { fetchCheckpoint } from "../../src/core/training/fetching.ts";
import { type Registration, registerCheckpoint, unregisterCheckpoint } from "../../src/core/training/registering.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import { clock, FakePython, never, withFakeHost, world } from "../unit/training/support.ts";

function scene(t: TestContext) {
  const w = world(
    t,
    { targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu" } } },
    { target: "gpu", base: { weights: "base" } },
  );
  const { store, projectDir, dataDir } = w;
  const fake = new FakePython(t);
  const { targets, gpu } = withFakeHost(t, fake.python());
  const services = { store, clock, targets, projectDir, dataDir };
  const folder = (root: string, name: string, files: Record<string, string>): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(join(path, file), text);
    }
    return path;
  };
  return {
    ...{ ...w, fake, gpu, services, folder },
    register: (changes: Partial<Registration> = {}) =>
      registerCheckpoint(services, { iteration: 1, path: "mine", target: "local", template: "lion", ...changes }),
  };
}

const LLAMA = { "config.json": '{"model_type": "llama"}', "model.safetensors": "weights" };
const refused = (sentence: RegExp) => (error: unknown) =>
  error instanceof LionError && error.kind === "input" && sentence.test(error.message);

test("weights that were trained anywhere are the iteration's student, and nothing is trained", async (t) => {
  const { register, folder, projectDir, services, config, profile, fake, instruction } = scene(t);
  folder(projectDir, "mine", LLAMA);
  const checkpoint = await register({ note: "from the cluster" });
  assert.deepEqual(
    [checkpoint.jobId, checkpoint.target, checkpoint.directory, checkpoint.weightsSha256],
    [null, "local", join(projectDir, "mine"), sha256("weights")],
  );
  assert.equal(checkpoint.manifest.note, "from the cluster");
  const request = { iteration: 1, config, profileName: "student", profile, examples: [], parent: null };
  assert.deepEqual(await new StudentTrainer(services).train(request, () => {}, never), checkpoint);
  const common = {
    iteration: 1,
    purpose: "wave",
    profileName: "student",
    checkpoint,
    processes: 1,
    precision: "bf16" as const,
    seed: 3,
  };
  const local = { ...common, profile: { ...profile, target: "local" }, instructions: [instruction("a")] };
  await new CheckpointStudent(services).answer(local, () => {}, never);
  assert.match(fake.calls()[0]?.argv.join(" ") ?? "", new RegExp(`--model ${projectDir}/mine --template lion `));
});

test("weights on another machine stay there; what is small comes, and all of it when it is fetched", async (t) => {
  const { register, folder, gpu, services, fake, profile, instruction, dataDir } = scene(t);
  folder(gpu.host, "models/mine", { ...LLAMA, "tokenizer.json": "{}" });
  const checkpoint = await register({ target: "gpu", path: "~/models/mine", template: "chat" });
  assert.equal(checkpoint.directory, join(gpu.host, "models/mine"));
  const here = join(dataDir, "checkpoints", `1-${checkpoint.weightsSha256.slice(0, 12)}`);
  assert.deepEqual(
    ["config.json", "tokenizer.json", "model.safetensors"].map((name) => existsSync(join(here, name))),
    [true, true, false],
  );
  const request = {
    iteration: 1,
    purpose: "wave",
    profileName: "student",
    profile,
    checkpoint,
    processes: 1,
    precision: "bf16" as const,
    seed: 3,
  };
  await new CheckpointStudent(services).answer({ ...request, instructions: [instruction("a")] }, () => {}, never);
  assert.match(fake.calls()[0]?.argv.join(" ") ?? "", /--model \S+\/models\/mine --template chat /);
  assert.equal(await fetchCheckpoint(services, checkpoint), here);
  assert.equal(readFileSync(join(here, "model.safetensors"), "utf8"), "weights");
});

test("what is no LLaMA in Hugging Face format is refused", async (t) => {
  const { register, folder, projectDir, gpu, store } = scene(t);
  folder(projectDir, "empty", {});
  folder(projectDir, "gpt", { ...LLAMA, "config.json": '{"model_type": "gpt2"}' });
  folder(projectDir, "bare", { "config.json": LLAMA["config.json"] });
  folder(projectDir, "broken", { ...LLAMA, "config.json": "[" });
  for (const [changes, sentence] of [
    [{ path: "none" }, /^There is no folder \/.*\/none: name the one with the weights\.$/],
    [{ path: "empty" }, /empty has no config\.json that can be read/],
    [{ path: "broken" }, /broken has no config\.json that can be read/],
    [{ path: "gpt" }, /gpt holds a model of type "gpt2"/],
    [{ path: "bare" }, /bare has no model\.safetensors/],
    [{ path: "/models/none", target: "gpu" }, /^There is no \/models\/none with a config\.json on the target "gpu"/],
    [
      { path: "mine", target: "gpu" },
      /^There is no mine with a config\.json on the target "gpu": .*, from its root\.$/,
    ],
    [{ target: "nowhere" }, /has no training target "nowhere"/],
    [{ iteration: 2 }, /^There is no iteration 2 yet, and a checkpoint can be filed under 1 to 1/],
    [{ iteration: 0 }, /^There is no iteration 0/],
  ] as const) {
    await assert.rejects(register(changes), refused(sentence));
  }
  assert.deepEqual(store.training.checkpoints(), []);
  assert.equal(existsSync(join(gpu.host, "jobs")), false);
});

test("a checkpoint is replaced only on request, and only while nothing was made from it", async (t) => {
  const { register, folder, projectDir, services, profile, instruction, store } = scene(t);
  folder(projectDir, "mine", LLAMA);
  folder(projectDir, "other", { ...LLAMA, "model.safetensors": "others" });
  await register();
  await assert.rejects(register({ path: "other" }), refused(/has a checkpoint already: say that it is to be replaced/));
  const checkpoint = await register({ path: "other", replace: true });
  assert.equal(store.training.checkpointOf(1)?.weightsSha256, sha256("others"));
  const request = {
    iteration: 1,
    purpose: "wave",
    profileName: "student",
    checkpoint,
    processes: 1,
    precision: "bf16" as const,
    seed: 3,
  };
  const local = { ...request, profile: { ...profile, target: "local" }, instructions: [instruction("a")] };
  await new CheckpointStudent(services).answer(local, () => {}, never);
  const stays = refused(/^The checkpoint of iteration 1 stays: 1 answer was made from it/);
  await assert.rejects(register({ replace: true }), stays);
  assert.throws(() => unregisterCheckpoint(services, 1), stays);
});

test("one that nothing was made from is forgotten, and its files stay", async (t) => {
  const { register, folder, projectDir, services, store } = scene(t);
  const path = folder(projectDir, "mine", LLAMA);
  await register();
  assert.equal(unregisterCheckpoint(services, 1).directory, path);
  assert.equal(store.training.checkpointOf(1), null);
  assert.ok(existsSync(join(path, "model.safetensors")));
  assert.throws(() => unregisterCheckpoint(services, 1), refused(/has no checkpoint that was registered by hand/));
});

test("while a training of the iteration is at work, nothing is registered in its place", async (t) => {
  const { register, folder, projectDir, store } = scene(t);
  folder(projectDir, "mine", LLAMA);
  const row = { kind: "train", iteration: 1, purpose: "imitation", target: "gpu", directory: "jobs/j" } as const;
  store.training.addJob({ id: "j", ...row }, 1);
  await assert.rejects(register(), refused(/^A training of iteration 1 is at work: wait for it, or cancel it first/));
});
