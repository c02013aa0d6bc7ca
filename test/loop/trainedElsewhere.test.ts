import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { registerCheckpoint } from "../../src/core/training/registering.ts";
import { trainerRoot } from "../../src/engine/installation.ts";
import { targetsOf } from "../../src/engine/services.ts";
import { LoopProject } from "../support/loopProject.ts";
import { FakePython } from "../unit/training/support.ts";

/** A project whose student is a checkpoint, trained by a program that only pretends to. */
async function scene(t: TestContext): Promise<{ project: LoopProject; fake: FakePython; other: FakePython }> {
  const [fake, other] = [new FakePython(t), new FakePython(t)];
  const place = (python: FakePython) => ({ kind: "local", python: python.path, gpus: 0, waitForGpus: false }) as const;
  const project = await LoopProject.unanswered(t, { pool: 8 }, (config) => ({
    ...config,
    profiles: {
      ...config.profiles,
      student: {
        ...{ kind: "checkpoint", template: "lion", target: "local", maxNewTokens: 8, temperature: 0, topP: 1 },
        ...{ batchTokens: 256, base: { config: { hidden_size: 8 }, tokenizer: { vocabulary: 300 } } },
      },
    },
    targets: { local: place(fake), other: place(other) },
  }));
  return { project, fake, other };
}

const attempts = (project: LoopProject): Promise<number> =>
  project.use(({ connection }) => connection.prepare("SELECT count(*) FROM attempt").pluck().get() as number);

test("an iteration whose student was registered asks the teacher nothing and trains nothing", async (t) => {
  const { project, fake } = await scene(t);
  const folder = join(project.project.directory, "mine");
  mkdirSync(folder);
  writeFileSync(join(folder, "config.json"), '{"model_type": "llama"}');
  writeFileSync(join(folder, "model.safetensors"), "weights");
  const clock = new SystemClock();
  const { directory: projectDir, dataDirectory: dataDir } = project.project;
  await project.use((store) =>
    registerCheckpoint(
      { store, clock, projectDir, dataDir, targets: targetsOf(project.project, trainerRoot, clock) },
      { iteration: 1, path: "mine", target: "local", template: "lion" },
    ),
  );
  await project.run({ only: "imitation" });
  assert.equal(await attempts(project), 0);
  assert.deepEqual(
    fake.calls().filter(({ module }) => module === "lion_trainer.train"),
    [],
  );
  assert.ok(
    project.notes().some((note) => /^The checkpoint that was registered for iteration 1 is its student/.test(note)),
  );
  await project.use((store) => assert.equal(store.iterations.stage(1, "imitation")?.state, "done"));
});

test("a training without enough memory is repaired by a setting of how it is computed, in the iteration at hand", async (t) => {
  const { project, fake } = await scene(t);
  fake.behave({ fail: { code: 1, says: "CUDA out of memory" } });
  assert.match((await project.runUntilStopped({ only: "imitation" })).message, /out of memory/);
  fake.behave({});
  project.change((config) => ({ ...config, training: { ...config.training, microBatchTokens: 99, sharding: "full" } }));
  const before = project.notes().length;
  await project.run({ only: "imitation" });
  assert.match(fake.calls()[1]?.argv.join(" ") ?? "", /--micro_batch_tokens 99 .*--fsdp full_shard/);
  assert.deepEqual(
    project
      .notes()
      .slice(before)
      .filter((note) => /lion\.json .* has changed/.test(note)),
    [],
  );
});

test("what decides what is learned counts from the next iteration, and says so", async (t) => {
  const { project, fake } = await scene(t);
  fake.behave({ fail: { code: 1, says: "no" } });
  await project.runUntilStopped({ only: "imitation" });
  fake.behave({});
  project.change((config) => ({ ...config, training: { ...config.training, batchSize: 3 } }));
  await project.run({ only: "imitation" });
  const flag = (index: number): string | undefined => {
    const { argv = [] } = fake.calls()[index] ?? {};
    return argv[argv.indexOf("--batch_size") + 1];
  };
  assert.equal(flag(1), flag(0));
  assert.notEqual(flag(1), "3");
  assert.ok(project.notes().some((note) => /lion\.json or a prompt has changed since iteration 1 began/.test(note)));
});

test("another target is used at once, also in the iteration at hand", async (t) => {
  const { project, fake, other } = await scene(t);
  fake.behave({ fail: { code: 1, says: "the host is being taken down" } });
  await project.runUntilStopped({ only: "imitation" });
  project.change((config) => {
    const { student } = config.profiles;
    assert.ok(student?.kind === "checkpoint");
    return { ...config, profiles: { ...config.profiles, student: { ...student, target: "other" } } };
  });
  await project.run({ only: "imitation" });
  assert.deepEqual([fake.calls().length, other.calls().length], [1, 1]);
  await project.use((store) => assert.equal(store.training.checkpointOf(1)?.target, "other"));
});
