import assert from "node:assert/strict";
import { test } from "node:test";
import { sbatchOptions } from "../../../../src/core/training/slurm/sbatchOptions.ts";

const job = { id: "iteration-001-train", directory: "/shared/lion/jobs/iteration-001-train", nodes: 1 };

test("a job has time to save its state, goes back into the queue, and writes its log where it lies", () => {
  assert.deepEqual(sbatchOptions({ sbatch: [], gpus: "all" }, job), [
    ...["--signal=B:TERM@120", "--requeue", "--nodes=1", "--parsable", "--open-mode=append"],
    "--output=/shared/lion/jobs/iteration-001-train/log",
    "--job-name=lion-iteration-001-train",
    "--chdir=/shared/lion/jobs/iteration-001-train",
  ]);
});

test("the target's own options come after what they may override, and before what the directory depends on", () => {
  const own = ["--partition=gpu", "--signal=B:TERM@600", "--output=elsewhere"];
  const options = sbatchOptions({ sbatch: own, gpus: "all" }, { ...job, nodes: 4 });
  assert.deepEqual(options.slice(0, 7), [
    "--signal=B:TERM@120",
    "--requeue",
    "--ntasks-per-node=1",
    ...own,
    "--nodes=4",
  ]);
  assert.equal(options.filter((option) => option.startsWith("--output=")).at(-1), `--output=${job.directory}/log`);
});

test("a number of GPUs is asked for, unless the target's own options do", () => {
  const asked = (gpus: number | "all", ...sbatch: string[]): boolean =>
    sbatchOptions({ sbatch, gpus }, job).includes("--gpus-per-node=8");
  assert.equal(asked(8), true);
  assert.equal(asked("all"), false);
  for (const option of [
    "--gres=gpu:8",
    "--gpus=8",
    "--gpus-per-node=4",
    "--gpus-per-task=1",
    "--tres-per-job=gres/gpu:8",
  ]) {
    assert.equal(asked(8, option), false, option);
  }
  assert.equal(asked(8, "--partition=gpus"), true);
});

test("a folder is never a pattern: Slurm replaces nothing in it", () => {
  const output = (directory: string): string | undefined =>
    sbatchOptions({ sbatch: [], gpus: "all" }, { ...job, directory }).find((option) => option.startsWith("--output="));
  assert.equal(output("/a %j"), "--output=/a %%j/log");
  assert.equal(output("/a\\%j"), "--output=/a\\\\%j/log");
});
