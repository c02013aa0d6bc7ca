import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/hash.ts";
import { cancelJob } from "../../src/core/training/cancelling.ts";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { fetchCheckpoint } from "../../src/core/training/fetching.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { StudentTrainer, type TrainingServices, type TrainRequest } from "../../src/core/training/studentTrainer.ts";
import type { FakeTarget } from "../support/fakeTarget.ts";
import {
  clock,
  FakePython,
  never,
  temporaryFolder,
  until,
  type World,
  withFakeHost,
  world,
} from "../unit/training/support.ts";

interface Scene extends World {
  readonly fake: FakePython;
  readonly gpu: FakeTarget;
  readonly services: TrainingServices;
  readonly notes: string[];
  readonly request: TrainRequest;
  train(changes?: Partial<TrainRequest>, signal?: AbortSignal): ReturnType<StudentTrainer["train"]>;
  jobs(): JobDirectory[];
}

/** A project whose student is trained on another machine. */
function scene(t: TestContext, profile: Record<string, unknown> = {}, config: Record<string, unknown> = {}): Scene {
  const w = world(
    t,
    { targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: "gpu" } }, ...config },
    { target: "gpu", ...profile },
  );
  const fake = new FakePython(t);
  const { store, projectDir, dataDir } = w;
  const { targets, gpu } = withFakeHost(t, fake.python());
  const notes: string[] = [];
  const services = { store, clock, targets, projectDir, dataDir, note: (text: string) => void notes.push(text) };
  const examples = ["one", "two"].map((text) => ({ instruction: w.instruction(text), output: `answer ${text}` }));
  const request = {
    iteration: 1,
    config: w.config,
    profileName: "student",
    profile: w.profile,
    examples,
    parent: null,
  };
  return {
    ...{ ...w, fake, gpu, services, notes, request },
    train: (changes = {}, signal = never) =>
      new StudentTrainer(services).train({ ...request, ...changes }, () => {}, signal),
    jobs: () => store.training.jobs().map((row) => new JobDirectory(join(dataDir, row.directory))),
  };
}

const WEIGHTS = "out/checkpoint/model.safetensors";

test("a training elsewhere leaves its weights there and brings what is small here", async (t) => {
  const { train, jobs, gpu, fake } = scene(t);
  const checkpoint = await train();
  const [job] = jobs();
  assert.ok(job);
  assert.equal(checkpoint.target, "gpu");
  assert.equal(existsSync(job.file(WEIGHTS)), false);
  for (const name of ["config.json", "summary.json", "lion_template.json", "tokenizer.json"]) {
    assert.ok(existsSync(job.file(`out/checkpoint/${name}`)), name);
  }
  assert.equal(checkpoint.weightsSha256, sha256(readFileSync(gpu.there(job).file(WEIGHTS))));
  assert.equal(job.text("metrics.jsonl"), gpu.there(job).text("metrics.jsonl"));
  assert.equal(fake.calls()[0]?.cwd, gpu.there(job).path);
});

test("weights that were damaged there are not registered", async (t) => {
  const { train, jobs, store, gpu, fake } = scene(t);
  await train();
  store.connection.exec("DELETE FROM checkpoint; UPDATE job SET state = 'submitted'");
  writeFileSync(gpu.there(jobs()[0] as JobDirectory).file(WEIGHTS), "torn");
  const checkpoint = await train();
  assert.equal(fake.calls().length, 2);
  assert.match(checkpoint.directory, new RegExp(jobs()[1]?.id as string));
});

test("the next attempt goes on from the saved state of one that was killed or stopped, and leaves none behind", async (t) => {
  for (const behaviour of [{ killFirst: 1 }, { stopFirst: 1 }]) {
    const { train, jobs, gpu, fake } = scene(t);
    fake.behave(behaviour);
    await train();
    const steps = jobs().map((job) =>
      (job.text("metrics.jsonl") ?? "")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).step),
    );
    assert.deepEqual(steps, [[1], [2]]);
    for (const job of jobs()) {
      assert.equal(existsSync(gpu.there(job).file("out/snapshots")), false);
    }
  }
});

test("after a person has cancelled, the next run goes on from the saved state", async (t) => {
  const { train, jobs, services, fake, store } = scene(t);
  fake.behave({ waitFor: "/never" });
  const training = train();
  await until(() => fake.calls().length === 1);
  const id = jobs()[0]?.id as string;
  const ended = assert.rejects(
    training,
    (error) =>
      error instanceof LionError &&
      error.kind === "interrupted" &&
      /goes on from what it has saved/.test(error.message),
  );
  assert.equal(await cancelJob(services, id), true);
  await ended;
  assert.equal(store.training.job(id)?.state, "failed");
  assert.equal(await cancelJob(services, id), false);
  await assert.rejects(cancelJob(services, "job-9"), /has no job "job-9": `lion job list` shows them\.$/);
  fake.behave({});
  await train();
  assert.equal(jobs().length, 2);
  assert.match(jobs()[1]?.text("metrics.jsonl") ?? "", /^\{"step":2,/);
});

test("a connection that is lost while a job is followed costs nothing", async (t) => {
  const { train, jobs, gpu, fake, notes } = scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const training = train();
  await until(() => fake.calls().length === 1);
  gpu.lose(1, "look");
  await until(() => gpu.lossesToCome === 0);
  writeFileSync(go, "");
  await training;
  assert.equal(jobs().length, 1);
  assert.match(
    notes[0] ?? "",
    /^The connection to "gpu" is lost and is tried again until it is there; jobs go on meanwhile\. gpu cannot/,
  );
  assert.equal(notes[1], 'The connection to "gpu" is there again.');
});

test("what the connection breaks off at the end of a job is done again, without another job", async (t) => {
  const { train, store, gpu, fake } = scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const pause = new AbortController();
  const training = train({}, pause.signal);
  await until(() => fake.calls().length === 1);
  pause.abort();
  await assert.rejects(training, (error) => error instanceof LionError && error.kind === "interrupted");
  writeFileSync(go, "");
  await until(() => gpu.there({ id: store.training.jobs()[0]?.id as string }).exitCode() === 0);
  const before = gpu.calls.length;
  gpu.lose(1, "fetch");
  await train();
  assert.equal(store.training.jobs().length, 1);
  assert.ok(gpu.calls.slice(before).filter((what) => what === "fetch").length > 1);
});

test("an unreachable host at the start is one sentence, and nothing is recorded", async (t) => {
  const { train, jobs, gpu } = scene(t);
  gpu.lose(1);
  await assert.rejects(train(), /gpu cannot be reached/);
  assert.deepEqual(jobs(), []);
});

test("given weights that are here are sent there, and ones that are there stay", async (t) => {
  const { train, projectDir, gpu, fake, request, profile } = scene(t);
  mkdirSync(join(projectDir, "base"));
  writeFileSync(join(projectDir, "base", "config.json"), "{}");
  mkdirSync(join(gpu.host, "models", "llama"), { recursive: true });
  writeFileSync(join(gpu.host, "models", "llama", "config.json"), '{"there": true}');
  const bases = [{ weights: "base" }, { weights: "~/models/llama" }, { hub: "meta/llama", revision: "v1" }];
  const checkpoints = [];
  for (const [index, base] of bases.entries()) {
    checkpoints.push(await train({ ...request, iteration: index + 1, profile: { ...profile, base } }));
  }
  const starts = fake.calls().map(({ argv }) => argv.slice(argv.indexOf("lion_trainer.train") + 1).slice(0, 4));
  assert.match(starts[0]?.join(" ") ?? "", new RegExp(`^--model_name_or_path ${gpu.host}/in/[0-9a-f]{64}/base `));
  assert.equal(starts[1]?.[1], join(gpu.host, "models", "llama"));
  assert.deepEqual(starts[2], ["--hub_model", "meta/llama", "--hub_revision", "v1"]);
  assert.equal(new Set(checkpoints.map(({ manifest }) => manifest.base)).size, 3);
  await assert.rejects(
    train({ ...request, iteration: 4, profile: { ...profile, base: { weights: "~/models/none" } } }),
    /There is no ~\/models\/none on "gpu"/,
  );
  await assert.rejects(
    train({ ...request, iteration: 4, profile: { ...profile, base: { weights: "models" } } }),
    /base \S+\/models is not there: correct `base` of its profile in lion\.json, or write a path on the target "gpu" from its root\.$/,
  );
});

test("answers are made where the checkpoint is", async (t) => {
  const { train, services, instruction, fake, gpu, profile, jobs } = scene(t);
  const checkpoint = await train();
  fake.behave({ killFirst: 2 });
  const common = {
    iteration: 1,
    purpose: "wave",
    profileName: "student",
    profile,
    checkpoint,
    processes: 1,
    precision: "bf16" as const,
    seed: 3,
  };
  const instructions = ["a", "b", "c", "d"].map((text) => instruction(text));
  const answers = await new CheckpointStudent(services).answer({ ...common, instructions }, () => {}, never);
  assert.deepEqual(
    [...answers.values()].map(({ text }) => text),
    ["a", "b", "c", "d"].map((text) => `answer to ${text}`),
  );
  const [training, , second] = jobs();
  const call = fake.calls().at(-1);
  assert.equal(call?.argv[3], gpu.there(training as JobDirectory).file("out/checkpoint"));
  // The second attempt had the answers of the first, which were never brought here.
  assert.deepEqual(
    (second?.text("out/answers.jsonl") ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).run),
    [2, 2, 3, 3],
  );
});

test("a checkpoint is used on another target only once it is fetched", async (t) => {
  const { train, services, instruction, fake, profile, jobs, dataDir } = scene(t);
  const checkpoint = await train();
  const here = { ...profile, target: "local" };
  const ask = (text: string) =>
    new CheckpointStudent(services).answer(
      {
        ...{
          iteration: 1,
          purpose: text,
          profileName: "student",
          profile: here,
          checkpoint,
          processes: 1,
          precision: "bf16" as const,
          seed: 3,
        },
        instructions: [instruction(text)],
      },
      () => {},
      never,
    );
  await assert.rejects(
    ask("a"),
    /The checkpoint of iteration 1 is on the target "gpu" and a job on "local" needs it: fetch it first with `lion checkpoint fetch 1`\.$/,
  );
  const folder = await fetchCheckpoint(services, checkpoint);
  assert.equal(folder, join(dataDir, checkpoint.directory));
  assert.equal((await ask("b")).size, 1);
  assert.equal(fake.calls().at(-1)?.argv[3], jobs()[0]?.file("out/checkpoint"));
});

test("fetched weights that are not what was trained are refused", async (t) => {
  const { train, services, jobs, gpu } = scene(t);
  const checkpoint = await train();
  const there = gpu.there(jobs()[0] as JobDirectory);
  writeFileSync(there.file(WEIGHTS), "others");
  await assert.rejects(
    fetchCheckpoint(services, checkpoint),
    /are not those of the checkpoint of iteration 1: remove model\.safetensors/,
  );
  rmSync(there.file("out/checkpoint"), { recursive: true });
  rmSync(jobs()[0]?.file("out/checkpoint") as string, { recursive: true });
  await assert.rejects(
    fetchCheckpoint(services, checkpoint),
    /is no longer in .* on the target "gpu": put the folder back\.$/,
  );
});

test("another target for the same training ends the job on the first one, if it can be reached", async (t) => {
  const { train, fake, gpu, store, profile, notes } = scene(t);
  for (const isReachable of [true, false]) {
    store.connection.exec("DELETE FROM checkpoint; DELETE FROM job");
    fake.behave({ waitFor: "/never" });
    const pause = new AbortController();
    const begun = fake.calls().length;
    const training = train({}, pause.signal);
    await until(() => fake.calls().length === begun + 1);
    pause.abort();
    await assert.rejects(training);
    gpu.lose(isReachable ? 0 : 1);
    fake.behave({});
    const checkpoint = await train({ profile: { ...profile, target: "local" } });
    assert.equal(checkpoint.target, "local");
    assert.deepEqual(
      store.training.jobs().map(({ target, state }) => [target, state]),
      [
        ["gpu", "failed"],
        ["local", "collected"],
      ],
    );
  }
  assert.equal(notes.filter((note) => /could not be ended, so that it may still run there/.test(note)).length, 1);
});

test("settings that only say how it is computed do not begin another training", async (t) => {
  const { train, jobs, fake, config, gpu } = scene(t);
  const computing = { microBatchTokens: 512, processes: 2, saveSteps: 7 };
  fake.behave({ waitFor: "/never" });
  const pause = new AbortController();
  const training = train({}, pause.signal);
  await until(() => fake.calls().length === 1);
  pause.abort();
  await assert.rejects(training);
  // The job that is at work stays as it is; the attempt after it has the new settings.
  const again = train({ config: { ...config, training: { ...config.training, ...computing } } });
  fake.behave({});
  const supervisor = gpu.there(jobs()[0] as JobDirectory).process("pid");
  process.kill(supervisor?.pid as number, "SIGKILL");
  await again;
  assert.equal(jobs().length, 2);
  assert.match(
    fake.calls()[1]?.argv.join(" ") ?? "",
    /--nproc_per_node=2 .*--micro_batch_tokens 512 .*--save_steps 7 /,
  );
});
