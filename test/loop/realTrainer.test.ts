import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Instruction } from "../../src/core/pool/instruction.ts";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import { clock, localTargets, never, until, world } from "../unit/training/support.ts";

const repository = join(import.meta.dirname, "../..");
const trainerRoot = join(repository, "trainer");
const python = new Python({
  ...{
    runner: new SystemProcessRunner(),
    configured: undefined,
    projectDir: "/",
    trainerRoot,
    environment: process.env,
  },
});
const missing = await python.versions().then(
  () => null,
  (error: Error) => error.message,
);

const BASE = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ max_position_embeddings: 128, vocab_size: 300, tie_word_embeddings: true },
};

test("a real training and real answers, killed and gone on with", {
  skip: missing ?? false,
  timeout: 120_000,
}, async (t) => {
  const training = { epochs: 4, learningRate: 1e-2, batchSize: 8, processes: 1 };
  const profile = {
    base: { config: BASE, tokenizer: { vocabulary: 300 } },
    maxNewTokens: 8,
    temperature: 0.7,
    batchTokens: 256,
  };
  const letters = [..."ABCDEFGH"];
  const make = () => {
    const w = world(t, { training }, profile);
    const instructions = letters.flatMap((a) => letters.map((b) => w.instruction(`Say it: ${a} ${b}`)));
    const services = { ...w, clock, targets: localTargets(python) };
    const trainer = new StudentTrainer(services);
    const train = (onStep: () => void) =>
      trainer.train(
        {
          ...{ iteration: 1, config: w.config, profileName: "student", profile: w.profile, parent: null },
          examples: instructions.map((instruction, n) => ({ instruction, output: letters[n % 5] as string })),
        },
        onStep,
        never,
      );
    const answer = async (checkpoint: Awaited<ReturnType<typeof train>>, asked: Instruction[]) => {
      const common = {
        iteration: 1,
        purpose: "wave",
        profileName: "student",
        profile: w.profile,
        seed: 1,
        processes: 1,
        precision: "bf16" as const,
      };
      const answers = await new CheckpointStudent(services).answer(
        { ...common, checkpoint, instructions: asked },
        () => {},
        never,
      );
      return asked.map(({ id }) => answers.get(id)?.text);
    };
    const jobs = (purpose: string) =>
      w.store.training.jobsFor(1, purpose).map(({ directory }) => new JobDirectory(join(w.dataDir, directory)));
    return { ...w, instructions, train, answer, jobs };
  };

  const calm = make();
  const steps: number[] = [];
  const wanted = await calm.train(() => steps.push(1));
  assert.equal(steps.length, 32);
  assert.match(wanted.template, /^lion@[0-9a-f]{8}$/);
  assert.ok(existsSync(join(calm.dataDir, wanted.directory, "tokenizer.json")));
  const wantedAnswers = await calm.answer(wanted, calm.instructions);

  const disturbed = make();
  let seen = 0;
  const checkpoint = await disturbed.train(() => {
    seen++;
    if (seen === 3) {
      // The torchrun of the first attempt; its worker lives on and must be ended before the second one.
      process.kill(disturbed.jobs("imitation")[0]?.process("cpid")?.pid as number, "SIGKILL");
    }
  });
  assert.equal(checkpoint.weightsSha256, wanted.weightsSha256);
  assert.equal(disturbed.jobs("imitation").length, 2);

  const answering = disturbed.answer(checkpoint, disturbed.instructions);
  const first = (await until(() => disturbed.jobs("wave")[0])) as JobDirectory;
  await until(() => first.bytes("out/answers.jsonl", 0).length > 0 || first.exitCode() !== null, "the first answers");
  const supervisor = first.process("pid");
  if (supervisor && first.exitCode() === null) {
    process.kill(supervisor.pid, "SIGKILL");
  }
  assert.deepEqual(await answering, wantedAnswers);
  const summary = JSON.parse(readFileSync(join(disturbed.dataDir, checkpoint.directory, "summary.json"), "utf8"));
  t.diagnostic(
    `${summary.steps} steps, loss ${summary.loss_first} → ${summary.loss_last}; answers ${new Set(wantedAnswers).size}`,
  );
});

test("the real trainer's complaint reaches the user", { skip: missing ?? false, timeout: 60_000 }, async (t) => {
  const w = world(t, {}, { base: { config: { ...BASE, model_type: "gpt2" } } });
  const trainer = new StudentTrainer({ ...w, clock, targets: localTargets(python) });
  const examples = [{ instruction: w.instruction("Say A"), output: "A" }];
  const request = {
    iteration: 1,
    config: w.config,
    profileName: "student",
    profile: w.profile,
    parent: null,
    examples,
  };
  await assert.rejects(
    trainer.train(request, () => {}, never),
    (error: Error) => {
      t.diagnostic(error.message);
      assert.match(
        error.message,
        /^The training of iteration 1 failed: .*config\.json.* \(the whole log is .*log\)\.$/,
      );
      return true;
    },
  );
});
