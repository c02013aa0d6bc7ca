import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { fetchCheckpoint } from "../../src/core/training/fetching.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import { Targets, targetMaker } from "../../src/core/training/targets.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { testPython } from "../support/sshWorld.ts";
import { clock, never, world } from "../unit/training/support.ts";

const BASE = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ max_position_embeddings: 128, vocab_size: 300, tie_word_embeddings: true },
};

test("the real trainer trains and answers on a host, loses its connections, and leaves verified weights", {
  skip: noSshd(),
  timeout: 240_000,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const w = world(
    t,
    {
      training: { epochs: 20, learningRate: 1e-2, batchSize: 8, processes: 2 },
      targets: { gpu: { kind: "ssh", host: sshd.hosts.jump, folder: "~/my lions", python: testPython.executable } },
    },
    {
      base: { config: BASE, tokenizer: { vocabulary: 300 } },
      ...{ maxNewTokens: 8, temperature: 0, batchTokens: 256, target: "gpu" },
    },
  );
  const trainerRoot = join(import.meta.dirname, "../../trainer");
  const targets = new Targets(
    w.config.targets,
    targetMaker({ clock, projectDir: w.projectDir, trainerRoot, environment: sshd.environment }),
  );
  const services = { ...w, clock, targets };
  const letters = [..."ABCDEFGH"];
  const instructions = letters.flatMap((a) => letters.map((b) => w.instruction(`Say it: ${a} ${b}`)));
  const request = { iteration: 1, config: w.config, profileName: "student", profile: w.profile, parent: null };
  const steps: number[] = [];
  let killed = 0;
  const checkpoint = await new StudentTrainer(services).train(
    { ...request, examples: instructions.map((instruction, n) => ({ instruction, output: letters[n % 5] ?? "" })) },
    (step) => {
      steps.push(step);
      if (steps.length === 3) {
        killed = sshd.killSessions();
      }
    },
    never,
  );
  assert.ok(killed > 0);
  const done = steps.filter((step) => step > 0);
  assert.deepEqual(
    done,
    Array.from({ length: 160 }, (_, index) => index + 1),
    "each step is told once",
  );
  assert.equal(checkpoint.target, "gpu");
  const [record] = w.store.training.jobsFor(1, "imitation");
  const job = new JobDirectory(join(w.dataDir, record?.directory ?? ""));
  const place = JSON.parse(job.text("place.json") ?? "{}");
  assert.equal(readFileSync(join(place.path, "log"), "utf8"), job.text("log"));
  const weights = join(w.dataDir, checkpoint.directory, "model.safetensors");
  assert.equal(existsSync(weights), false, "weights stay there");

  const asked = instructions.slice(0, 6);
  const answers = await new CheckpointStudent(services).answer(
    {
      ...{ iteration: 1, purpose: "wave", profileName: "student", profile: w.profile, seed: 1, processes: 1 },
      ...{ precision: w.config.training.precision },
      ...{ checkpoint, instructions: asked },
    },
    () => {},
    never,
  );
  assert.equal(answers.size, 6);

  await fetchCheckpoint(services, checkpoint);
  assert.deepEqual(readFileSync(weights), readFileSync(join(place.path, "out/checkpoint/model.safetensors")));
});
