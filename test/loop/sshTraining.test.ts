import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { JobDirectory } from "../../src/core/training/jobDirectory.ts";
import { pathHash } from "../../src/core/training/pathHash.ts";
import { processesOfJob } from "../../src/core/training/processes.ts";
import { sshProblemOf } from "../../src/core/training/ssh/sshProblem.ts";
import { noSshd, TestSshd } from "../support/sshd.ts";
import { ended, preparedJob, sshTarget, testPython, until } from "../support/sshWorld.ts";

const skip = noSshd();

/** torchrun with gloo processes that count. */
function countingJob(t: TestContext, steps: number, pause: number): JobDirectory {
  const { executable, variables } = testPython;
  const torchrun = [executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"];
  const job = preparedJob(t, [...torchrun, "in/count.py", String(steps), String(pause)], {
    environment: variables,
  });
  copyFileSync(join(import.meta.dirname, "../support/distributedCount.py"), job.file("in/count.py"));
  return job;
}

function lines(job: JobDirectory): number[] {
  return [...(job.text("log") ?? "").matchAll(/^line (\d+): 3$/gm)].map((match) => Number(match[1]));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("a training over ssh survives the loss of every connection, is cancelled, resumed and fetched", {
  skip,
}, async (t) => {
  const sshd = await TestSshd.start(t);
  const target = sshTarget(sshd, { host: sshd.hosts.jump, setup: "export GREETING=hello" }, { graceMs: 30_000 });
  const job = countingJob(t, 100_000, 0.02);
  await target.submit(job);
  await until(async () => (await target.look(job)) && lines(job).length > 5, "the first lines");

  assert.ok(sshd.killSessions() > 0);
  const before = lines(job).length;
  await sshd.stop();
  const unreachable = await target.look(job).then(
    () => null,
    (error: unknown) => sshProblemOf(error),
  );
  assert.equal(unreachable?.passes, true, "without a connection a look says so");
  await sshd.resume();
  await until(async () => (await target.look(job)) && lines(job).length > before + 20, "more lines");
  assert.deepEqual(await target.look(job), { state: "running" });
  assert.deepEqual(lines(job), range(1, lines(job).length), "none lost, none doubled");

  await target.cancel(job);
  const code = await ended(target, job);
  assert.notEqual(code, 0);
  assert.notEqual(code, "lost");
  assert.match(job.text("state.json") ?? "", /stopped/);
  assert.deepEqual(processesOfJob(job.id), []);
  const reached = lines(job).length;
  assert.deepEqual(lines(job), range(1, reached));
  const steps = (job.text("metrics.jsonl") ?? "").trim().split("\n");
  assert.deepEqual(
    steps.map((line) => JSON.parse(line).step),
    range(1, reached),
  );

  const next = countingJob(t, reached + 30, 0);
  await target.submit(next, { job, names: ["checkpoint-*"] });
  assert.equal(await ended(target, next), 0);
  assert.match(next.text("log") ?? "", new RegExp(`^2 processes greet hello and hello from step ${reached}$`, "m"));
  assert.deepEqual(lines(next), range(reached + 1, reached + 30));
  await target.fetch(next, ["checkpoint"]);
  assert.equal(
    await pathHash(next.file("out/checkpoint")),
    await target.hashOf(await target.pathOf(next, "out/checkpoint")),
  );
  assert.equal(readFileSync(next.file("out/checkpoint/model.safetensors")).length, 2_800_000);
});
