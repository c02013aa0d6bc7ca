import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LionError } from "../../src/core/errors.ts";
import type { Answer } from "../../src/core/store/ledger.ts";
import type { Checkpoint } from "../../src/core/store/training.ts";
import { type AnswerRequest, CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import {
  clock,
  FakePython,
  localTargets,
  never,
  temporaryFolder,
  until,
  type World,
  world,
} from "../unit/training/support.ts";

interface Scene extends World {
  readonly fake: FakePython;
  readonly checkpoint: Checkpoint;
  ask(texts: readonly string[], changes?: Partial<AnswerRequest>, signal?: AbortSignal): Promise<Map<number, Answer>>;
  generateCalls(): string[][];
  jobs(): Array<{ state: string; directory: JobDirectory }>;
}

/** A project with a trained checkpoint. The same text is the same instruction. */
async function scene(t: TestContext): Promise<Scene> {
  const w = world(t, { seed: 3 }, { maxNewTokens: 32, temperature: 0.7 });
  const fake = new FakePython(t);
  const services = { ...w, clock, targets: localTargets(fake.python()) };
  const examples = [{ instruction: w.instruction("train on this"), output: "yes" }];
  const common = { iteration: 1, profileName: "student", profile: w.profile };
  const checkpoint = await new StudentTrainer(services).train(
    { ...common, config: w.config, examples, parent: null },
    () => {},
    never,
  );
  const known = new Map<string, ReturnType<World["instruction"]>>();
  const jobs = () =>
    w.store.training
      .jobsFor(1, "wave")
      .map((row) => ({ ...row, directory: new JobDirectory(join(w.dataDir, row.directory)) }));
  return {
    ...{ ...w, fake, checkpoint, jobs },
    ask(texts, changes = {}, signal = never) {
      const instructions = texts.map((text) => {
        const instruction = known.get(text) ?? w.instruction(text.replace(/#.*/, ""));
        known.set(text, instruction);
        return instruction;
      });
      return new CheckpointStudent(services).answer(
        {
          ...{
            ...common,
            purpose: "wave",
            checkpoint,
            instructions,
            processes: 1,
            precision: "bf16" as const,
            seed: 3,
          },
          ...changes,
        },
        () => {},
        signal,
      );
    },
    generateCalls: () =>
      fake
        .calls()
        .filter(({ module }) => module === "lion_trainer.generate")
        .map(({ argv }) => argv),
  };
}

const texts = (answers: Map<number, Answer>): string[] => [...answers.values()].map(({ text }) => text);

test("all are answered in one job and stored with what they were asked with", async (t) => {
  const { ask, generateCalls, store, checkpoint, dataDir } = await scene(t);
  const answers = await ask(["a", "silence", "long", "a long silence"]);
  assert.deepEqual(texts(answers), ["answer to a", "  ", "answer to long", "  "]);
  assert.deepEqual(
    [...answers.values()].map(({ kind }) => kind),
    ["complete", "empty", "cut", "empty"],
  );
  const [id, answer] = [...answers][0] as [number, Answer];
  assert.equal(answer.modelAsked, `checkpoint:${checkpoint.weightsSha256.slice(0, 12)}`);
  assert.equal(answer.checkpointId, checkpoint.id);
  assert.equal(answer.parameters, '{"max_new_tokens":32,"temperature":0.7,"top_p":1}');
  assert.deepEqual([answer.inputTokens, answer.outputTokens, answer.origin], [3, 4, "model"]);
  assert.deepEqual(store.ledger.answersOf(id, "student"), [store.ledger.answer(answer.id)]);
  assert.equal(store.ledger.collectedByRole(1, "student"), 4);
  const [argv = []] = generateCalls();
  assert.deepEqual(argv.slice(0, 4), ["-m", "lion_trainer.generate", "--model", join(dataDir, checkpoint.directory)]);
  assert.match(argv.join(" "), /--temperature 0\.7 --top_p 1 --max_new_tokens 32 --batch_tokens 8192 --seed \d+ /);
  assert.equal(argv.includes("--template"), false);
});

test("stored answers are not asked for again, and equal instructions share one", async (t) => {
  const { ask, jobs } = await scene(t);
  const first = await ask(["a", "b"]);
  const second = await ask(["a", "c", "a#again", "b"]);
  assert.deepEqual(new Set(texts(second)), new Set(["answer to a", "answer to b", "answer to c"]));
  assert.equal(second.size, 4);
  const ids = [...second.values()].map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  assert.ok([...first.values()].every(({ id }) => ids.includes(id)));
  const prompts = readFileSync(jobs()[1]?.directory.file("in/prompts.jsonl") as string, "utf8")
    .trim()
    .split("\n");
  assert.deepEqual(
    prompts.map((line) => JSON.parse(line).instruction),
    ["c"],
  );
  await ask(["c", "b", "a"]);
  assert.equal(jobs().length, 2);
});

test("each instruction has its own link to a shared answer", async (t) => {
  const { ask, store } = await scene(t);
  const answers = await ask(["a", "a#again"]);
  for (const [id, answer] of answers) {
    assert.deepEqual(
      store.ledger.answersOf(id, "student").map((one) => one.id),
      [answer.id],
    );
  }
  assert.equal(answers.size, 2);
});

test("a killed job is gone on with: its answers are kept, its questions stay the same", async (t) => {
  const { ask, fake, jobs } = await scene(t);
  fake.behave({ killFirst: 2 }); // the training was the first run
  const answers = await ask(["a", "b", "c", "d"]);
  assert.deepEqual(
    texts(answers),
    ["a", "b", "c", "d"].map((text) => `answer to ${text}`),
  );
  assert.deepEqual(
    jobs().map((job) => job.state),
    ["failed", "collected"],
  );
  const rows = readFileSync(jobs()[1]?.directory.file("out/answers.jsonl") as string, "utf8")
    .trim()
    .split("\n");
  assert.deepEqual(
    rows.map((row) => JSON.parse(row).run),
    [2, 2, 3, 3],
  );
});

test("after a pause the open job is finished with its own input before anything else is asked", async (t) => {
  const { ask, fake, jobs } = await scene(t);
  const go = join(temporaryFolder(t), "go");
  fake.behave({ waitFor: go });
  const pause = new AbortController();
  const asking = ask(["a", "b"], {}, pause.signal);
  await until(() => fake.calls().length === 2);
  pause.abort();
  await assert.rejects(asking, (error) => error instanceof LionError && error.kind === "interrupted");
  writeFileSync(go, "");
  assert.deepEqual(texts(await ask(["b", "c"])), ["answer to b", "answer to c"]);
  const asked = jobs().map(({ directory }) =>
    readFileSync(directory.file("in/prompts.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).instruction),
  );
  assert.deepEqual(asked, [["a", "b"], ["c"]]);
});

test("collecting half of the answers and then again changes nothing", async (t) => {
  const { ask, store, jobs, generateCalls } = await scene(t);
  const before = await ask(["a", "b"]);
  // As after a death in the midst of collecting: the answers are there, the job is still open.
  store.connection.exec("UPDATE job SET state = 'submitted' WHERE kind = 'generate'");
  assert.deepEqual(await ask(["a", "b"]), before);
  assert.deepEqual([generateCalls().length, jobs()[0]?.state], [1, "collected"]);
});

test("other settings are other requests, and do not go on with the old job", async (t) => {
  const { ask, fake, profile, jobs } = await scene(t);
  const first = await ask(["a"]);
  fake.behave({ waitFor: "/never" });
  const pause = new AbortController();
  const asking = ask(["b"], {}, pause.signal);
  await until(() => fake.calls().length === 3);
  pause.abort();
  await assert.rejects(asking);
  fake.behave({});
  const second = await ask(["a"], { profile: { ...profile, temperature: 0 } });
  assert.notDeepEqual(
    [...second.values()].map(({ id }) => id),
    [...first.values()].map(({ id }) => id),
  );
  assert.deepEqual(
    jobs().map((job) => job.state),
    ["collected", "failed", "collected"],
  );
});

test("several processes answer under torchrun", async (t) => {
  const { ask, generateCalls } = await scene(t);
  await ask(["a"], { processes: 2 });
  assert.deepEqual(generateCalls()[0]?.slice(0, 6), [
    ...["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"],
    ...["-m", "lion_trainer.generate"],
  ]);
});

test("a base answers before any training, except random weights", async (t) => {
  const { ask, profile, projectDir, generateCalls } = await scene(t);
  await assert.rejects(
    ask(["a"], { checkpoint: null }),
    /random weights and has nothing to say before its first training/,
  );
  writeFileSync(join(projectDir, "base.gguf"), "gguf");
  const base = { ...profile, base: { gguf: "base.gguf" }, template: "chat" as const };
  const answers = await ask(["a"], { checkpoint: null, profile: base });
  assert.match([...answers.values()][0]?.modelAsked ?? "", /^base:[0-9a-f]{12}$/);
  assert.equal([...answers.values()][0]?.checkpointId, null);
  const argv = generateCalls()[0] ?? [];
  assert.deepEqual(argv.slice(2, 6), ["--gguf_file", join(projectDir, "base.gguf"), "--template", "chat"]);
});

test("nothing to ask starts nothing", async (t) => {
  const { ask, generateCalls } = await scene(t);
  assert.equal((await ask([])).size, 0);
  assert.equal(generateCalls().length, 0);
});

test("a failure is one sentence with the reason", async (t) => {
  const { ask, fake } = await scene(t);
  fake.behave({ fail: { code: 1, says: "the weights are damaged" } });
  await assert.rejects(ask(["a"]), /\(wave, iteration 1\) failed: the weights are damaged \(the whole log is /);
});
