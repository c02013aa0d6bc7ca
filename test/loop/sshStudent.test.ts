import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CheckpointStudent } from "../../src/core/training/checkpointStudent.ts";
import { fetchCheckpoint } from "../../src/core/training/fetching.ts";
import { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { processesOfJob, SystemProcessRunner } from "../../src/core/training/processes.ts";
import { Python } from "../../src/core/training/python.ts";
import { SshTarget } from "../../src/core/training/ssh/sshTarget.ts";
import { SshTransport } from "../../src/core/training/ssh/sshTransport.ts";
import { StudentTrainer } from "../../src/core/training/studentTrainer.ts";
import { Targets } from "../../src/core/training/targets.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { sshConfig, until } from "../support/sshWorld.ts";
import { clock, never, world } from "../unit/training/support.ts";

const python = new Python({
  ...{ runner: new SystemProcessRunner(), configured: undefined, projectDir: "/", environment: process.env },
  trainerRoot: join(import.meta.dirname, "../../trainer"),
});
const missing = await python.versions().then(
  () => null,
  (error: Error) => error.message,
);

const BASE = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ max_position_embeddings: 128, vocab_size: 300, tie_word_embeddings: true },
};

/** The numbers of the steps that a job has reported. */
function stepsOf(job: JobDirectory | undefined): number[] {
  const lines = (job?.text("metrics.jsonl") ?? "").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { step: number }).step);
}

/** The process ids of torchrun's workers. */
function workersOf(id: string): number[] {
  return processesOfJob(id).filter((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.includes("lion_trainer.train") && !words.includes("torch.distributed.run");
  });
}

test("a student is trained by two processes on an ssh host, killed, gone on with, and answers there", {
  skip: noSshd() || missing || false,
  timeout: 300_000,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const training = { epochs: 6, learningRate: 1e-2, batchSize: 8, processes: 2, saveSteps: 2 };
  const w = world(
    t,
    { training, targets: { local: { kind: "local" }, gpu: { kind: "ssh", host: sshd.hosts.jump } } },
    { base: { config: BASE, tokenizer: { vocabulary: 300 } }, target: "gpu", maxNewTokens: 8, batchTokens: 256 },
  );
  const target = new SshTarget({
    ...{ name: "gpu", clock, pollMs: 100, config: sshConfig({ host: sshd.hosts.jump, folder: "~/the student's" }) },
    reach: (host) => new SshTransport({ host, environment: sshd.environment }),
    python: async () => ({ executable: python.executable, variables: python.variables }),
  });
  const targets = new Targets(w.config.targets, () => target);
  const notes: string[] = [];
  const services = { ...w, clock, targets, note: (text: string) => void notes.push(text) };
  const jobs = () => w.store.training.jobs().map((row) => new JobDirectory(join(w.dataDir, row.directory)));
  const letters = [..."ABCDEFGH"];
  const instructions = letters.flatMap((a) => letters.map((b) => w.instruction(`Say it: ${a} ${b}`)));
  const examples = instructions.map((instruction, n) => ({ instruction, output: letters[n % 5] as string }));
  const common = { iteration: 1, profileName: "student", profile: w.profile };

  const progress: number[] = [];
  const trained = new StudentTrainer(services).train(
    { ...common, config: w.config, examples, parent: null },
    (done, total) => total !== null && progress.push(done),
    never,
  );
  await until(() => stepsOf(jobs()[0]).length >= 5, "the first steps");
  sshd.killSessions();
  const workers = workersOf(jobs()[0]?.id as string);
  assert.equal(workers.length, 2);
  process.kill(workers[1] as number, "SIGKILL");

  const checkpoint = await trained;
  const [first, second] = jobs();
  const last = 6 * 8;
  assert.deepEqual(
    w.store.training.jobs().map(({ state, target: name }) => [state, name]),
    [
      ["failed", "gpu"],
      ["collected", "gpu"],
    ],
  );
  const [from] = stepsOf(second);
  assert.ok((from as number) > 1, "it went on from a saved state");
  assert.ok((from as number) <= (stepsOf(first).at(-1) as number) + 1, "no step was left out");
  assert.deepEqual(stepsOf(second).at(-1), last);
  assert.equal(progress.at(-1), last);
  const there = join(sshd.home, "the student's", "jobs", second?.id as string, "out");
  assert.equal(existsSync(join(there, "snapshots")), false);
  assert.equal(existsSync(join(there, "checkpoint", "model.safetensors")), true);
  assert.equal(existsSync(second?.file("out/checkpoint/model.safetensors") as string), false);
  assert.equal(checkpoint.target, "gpu");

  const answers = await new CheckpointStudent(services).answer(
    {
      ...common,
      purpose: "wave",
      checkpoint,
      instructions: instructions.slice(0, 6),
      processes: 1,
      precision: "bf16",
      seed: 3,
    },
    () => {},
    never,
  );
  assert.equal(answers.size, 6);
  assert.ok([...answers.values()].every(({ checkpointId }) => checkpointId === checkpoint.id));
  assert.equal(workersOf(second?.id as string).length, 0);
  const bytes: number[] = [];
  const folder = await fetchCheckpoint(services, checkpoint, (done) => bytes.push(done));
  assert.ok(existsSync(join(folder, "model.safetensors")));
  assert.ok((bytes.at(-1) as number) > 10_000);
  t.diagnostic(
    `${stepsOf(first).length} steps, then ${stepsOf(second).length} from step ${from}; notes: ${notes.join(" | ")}`,
  );
});
