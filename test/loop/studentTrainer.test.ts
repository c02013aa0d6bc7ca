import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { StudentTrainer, type TrainRequest } from "../../src/core/training/studentTrainer.ts";
import {
  clock,
  FakePython,
  localTarget,
  localTargets,
  never,
  temporaryFolder,
  until,
  type World,
  world,
} from "../unit/training/support.ts";

interface Scene extends World {
  readonly fake: FakePython;
  readonly request: TrainRequest;
  /** A trainer as a newly started engine would have it. */
  trainer(): StudentTrainer;
  jobs(): Array<{ state: string; exitCode: number | null; directory: JobDirectory }>;
}

function scene(t: TestContext, config: Record<string, unknown> = {}): Scene {
  const w = world(t, config);
  const fake = new FakePython(t);
  const { store, projectDir, dataDir } = w;
  const examples = ["one", "two"].map((text) => ({ instruction: w.instruction(text), output: `answer ${text}` }));
  const jobs = () =>
    store.training.jobs().map((row) => ({ ...row, directory: new JobDirectory(join(dataDir, row.directory)) }));
  return {
    ...{ ...w, fake, jobs },
    request: { iteration: 1, config: w.config, profileName: "student", profile: w.profile, examples, parent: null },
    trainer: () => new StudentTrainer({ store, clock, targets: localTargets(fake.python()), projectDir, dataDir }),
  };
}

const ignore = (): void => {};

test("trains in a job, shows progress, and registers the checkpoint with its manifest", async (t) => {
  const { trainer, request, jobs, store, dataDir, fake } = scene(t, {
    seed: 7,
    training: { processes: 2, first: { epochs: 16 } },
  });
  const progress: unknown[] = [];
  const checkpoint = await trainer().train(request, (...step) => progress.push(step), never);
  assert.deepEqual(progress, [
    [1, 2, "loss 3.000, 1 s left"],
    [2, 2, "loss 1.500, 0 s left"],
  ]);
  const [job] = jobs();
  assert.ok(job);
  assert.deepEqual([job.state, job.exitCode], ["collected", 0]);
  assert.equal(checkpoint.directory, join("jobs", job.directory.id, "out/checkpoint"));
  assert.equal(
    checkpoint.weightsSha256,
    sha256(readFileSync(join(dataDir, checkpoint.directory, "model.safetensors"))),
  );
  assert.equal(checkpoint.template, "lion@abababab");
  assert.deepEqual(checkpoint.manifest.data, {
    sha256: sha256(readFileSync(job.directory.file("in/train.jsonl"))),
    rows: 2,
  });
  assert.deepEqual(checkpoint, store.training.checkpointOf(1));
  const [call] = fake.calls();
  const line = call?.argv.join(" ") ?? "";
  assert.match(line, /^-m torch\.distributed\.run --standalone --nproc_per_node=2 -m lion_trainer\.train /);
  assert.match(line, /--config_json in\/config\.json --tokenizer_vocab_size 640 .*--num_train_epochs 16 /);
  assert.deepEqual(JSON.parse(readFileSync(job.directory.file("in/config.json"), "utf8")), { hidden_size: 8 });
  assert.deepEqual([call?.cwd, call?.env.OMP_NUM_THREADS], [job.directory.path, "1"]);
});

test("a registered checkpoint is returned without another training", async (t) => {
  const { trainer, request, fake } = scene(t);
  const first = await trainer().train(request, ignore, never);
  assert.deepEqual(await trainer().train(request, ignore, never), first);
  assert.equal(fake.calls().length, 1);
});

test("a pause leaves the job at work, and the next run attaches to it", async (t) => {
  const { trainer, request, fake, jobs } = scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const pause = new AbortController();
  const training = trainer().train(request, ignore, pause.signal);
  await until(() => fake.calls().length === 1);
  pause.abort();
  await assert.rejects(training, (error) => error instanceof LionError && error.kind === "interrupted");
  assert.equal(jobs()[0]?.state, "submitted");
  const again = trainer().train(request, ignore, never);
  writeFileSync(go, "");
  await again;
  assert.equal(fake.calls().length, 1);
  assert.equal(jobs().length, 1);
});

test("what ended while nobody looked is collected", async (t) => {
  const { trainer, request, fake, jobs, store } = scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const pause = new AbortController();
  const training = trainer().train(request, ignore, pause.signal);
  await until(() => fake.calls().length === 1);
  pause.abort();
  await assert.rejects(training);
  writeFileSync(go, "");
  await until(() => jobs()[0]?.directory.exitCode() === 0);
  await trainer().train(request, ignore, never);
  assert.ok(store.training.checkpointOf(1));
  assert.equal(fake.calls().length, 1);
});

test("a job that was recorded and never started is started", async (t) => {
  const { trainer, request, fake, jobs, store } = scene(t);
  await trainer().train(request, ignore, never);
  const done = jobs()[0]?.directory;
  assert.ok(done);
  // As it was when the engine died between recording the job and starting it.
  for (const name of ["pid", "cpid", "rc", "log", "metrics.jsonl", "state.json", "out"]) {
    rmSync(done.file(name), { recursive: true });
  }
  store.connection.exec("DELETE FROM checkpoint; UPDATE job SET state = 'submitted'");
  await trainer().train(request, ignore, never);
  assert.equal(fake.calls().length, 2);
  assert.equal(jobs().length, 1);
});

test("a killed job is tried again in a new directory; the result is the same", async (t) => {
  const undisturbed = scene(t);
  const wanted = await undisturbed.trainer().train(undisturbed.request, ignore, never);
  const { trainer, request, fake, jobs } = scene(t);
  fake.behave({ killFirst: 2 });
  const checkpoint = await trainer().train(request, ignore, never);
  assert.equal(checkpoint.weightsSha256, wanted.weightsSha256);
  assert.deepEqual(
    jobs().map((job) => [job.state, job.exitCode]),
    [
      ["failed", 137],
      ["failed", 137],
      ["collected", 0],
    ],
  );
  assert.equal(new Set(jobs().map((job) => job.directory.path)).size, 3);
});

test("a job whose supervisor was killed is tried again, and its remains do not go on", async (t) => {
  const { trainer, request, fake, jobs } = scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const training = trainer().train(request, ignore, never);
  await until(() => fake.calls().length === 1);
  process.kill(jobs()[0]?.directory.process("pid")?.pid as number, "SIGKILL");
  await until(() => fake.calls().length === 2);
  writeFileSync(go, "");
  await training;
  assert.deepEqual(
    jobs().map((job) => job.state),
    ["failed", "collected"],
  );
  assert.equal(existsSync(jobs()[0]?.directory.file("out/checkpoint") as string), false);
});

test("a job that is killed every time ends in one sentence after five attempts", async (t) => {
  const { trainer, request, fake, jobs } = scene(t);
  fake.behave({ killFirst: 99, savesNothing: true });
  await assert.rejects(
    trainer().train(request, ignore, never),
    /^LionError: The training of iteration 1 was tried 5 times without a result, at last because signal 9 ended it, as the system does when its memory runs out: look at .*log/,
  );
  assert.equal(jobs().length, 5);
  fake.behave({});
  await trainer().train(request, ignore, never);
});

test("a training that fails by itself is not repeated; after the repair the next run starts anew", async (t) => {
  const { trainer, request, fake, jobs } = scene(t);
  fake.behave({ fail: { code: 2, says: "train.jsonl has nothing to train on." } });
  await assert.rejects(trainer().train(request, ignore, never), (error) => {
    assert.ok(error instanceof LionError && error.kind === "environment");
    assert.match(
      error.message,
      /^The training of iteration 1 failed: train\.jsonl has nothing to train on \(the whole log is .*log\)\.$/,
    );
    return true;
  });
  assert.deepEqual(
    jobs().map((job) => [job.state, job.exitCode]),
    [["failed", 2]],
  );
  fake.behave({});
  await trainer().train(request, ignore, never);
  assert.deepEqual(
    jobs().map((job) => job.state),
    ["failed", "collected"],
  );
});

test("other data for the same iteration end the job at work and start another", async (t) => {
  const { trainer, request, fake, jobs } = scene(t);
  fake.behave({ waitFor: "/never" });
  const pause = new AbortController();
  const training = trainer().train(request, ignore, pause.signal);
  await until(() => fake.calls().length === 1);
  pause.abort();
  await assert.rejects(training);
  fake.behave({});
  const checkpoint = await trainer().train({ ...request, examples: request.examples.slice(1) }, ignore, never);
  assert.equal((checkpoint.manifest.data as { rows: number }).rows, 1);
  assert.deepEqual(
    jobs().map((job) => job.state),
    ["failed", "collected"],
  );
  assert.notEqual((await localTarget().look(jobs()[0]?.directory as JobDirectory)).state, "running");
});

test("damaged weights are not registered", async (t) => {
  const { trainer, request, jobs, store } = scene(t);
  await trainer().train(request, ignore, never);
  store.connection.exec("DELETE FROM checkpoint; UPDATE job SET state = 'submitted'");
  writeFileSync(jobs()[0]?.directory.file("out/checkpoint/model.safetensors") as string, "torn");
  const checkpoint = await trainer().train(request, ignore, never);
  assert.match(checkpoint.directory, new RegExp(jobs()[1]?.directory.id as string));
});

test("the next iteration continues from its parent, or from the base with the first tokenizer", async (t) => {
  const { trainer, request, fake, dataDir } = scene(t);
  const first = await trainer().train(request, ignore, never);
  const weights = join(dataDir, first.directory);
  const second = await trainer().train({ ...request, iteration: 2, parent: first }, ignore, never);
  assert.equal(second.parentId, first.id);
  assert.equal(second.manifest.parent, first.weightsSha256);
  await trainer().train({ ...request, iteration: 3 }, ignore, never);
  const lines = fake.calls().map(({ argv }) => argv.join(" "));
  assert.ok(lines[1]?.includes(`--model_name_or_path ${weights} `));
  assert.ok(lines[2]?.includes(`--config_json in/config.json --tokenizer_name_or_path ${weights} `));
});

test("without torch nothing is started", async (t) => {
  const { trainer, request, fake, jobs, dataDir } = scene(t);
  fake.behave({ installed: { torch: null } });
  await assert.rejects(trainer().train(request, ignore, never), /has no torch/);
  assert.deepEqual(jobs(), []);
  assert.equal(existsSync(join(dataDir, "jobs")) && readdirSync(join(dataDir, "jobs")).length > 1, false);
});
