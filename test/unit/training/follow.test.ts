import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { follow } from "../../../src/core/training/follow.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import type { JobStatus, Target } from "../../../src/core/training/target.ts";
import { clock, localTarget, never, preparedJob, temporaryFolder, until } from "./support.ts";

test("every line of the metrics arrives once and in order, whatever bytes are there at each look", async (t) => {
  const job = new JobDirectory(temporaryFolder(t));
  const all = Buffer.from(
    Array.from({ length: 200 }, (_, step) => `${JSON.stringify({ step, word: "für 😀" })}\n`)
      .join("")
      .concat('{"torn'),
  );
  // Cut anywhere, also inside a character.
  let written = 0;
  const target: Pick<Target, "look" | "pollMs"> = {
    pollMs: 1,
    look: async () => {
      appendFileSync(job.file("metrics.jsonl"), all.subarray(written, written + 997));
      written += 997;
      return written >= all.length ? { state: "exited", code: 0 } : { state: "running" };
    },
  };
  const seen: unknown[] = [];
  const end = await follow(
    target,
    job,
    { now: clock.now, sleep: async () => {} },
    { onMetrics: (m) => seen.push([m.step, m.word]) },
    never,
  );
  assert.deepEqual(end, { state: "exited", code: 0 });
  assert.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, step) => [step, "für 😀"]),
  );
});

test("a broken line among the metrics is passed over", async (t) => {
  const job = preparedJob(t, ["true"]);
  writeFileSync(job.file("metrics.jsonl"), '{"step":1}\n{"st{"step":2}\n{"step":3}\n');
  const target = localTarget();
  await target.submit(job);
  const seen: unknown[] = [];
  await follow(target, job, clock, { onMetrics: ({ step }) => seen.push(step) }, never);
  assert.deepEqual(seen, [1, 3]);
});

test("an abort ends the following at once and leaves the job running", async (t) => {
  const go = join(temporaryFolder(t), "go");
  const job = preparedJob(t, ["sh", "-c", 'while [ ! -e "$1" ]; do sleep 0.02; done', "sh", go]);
  const target = localTarget();
  await target.submit(job);
  const controller = new AbortController();
  const following = follow(target, job, clock, { onMetrics: () => {} }, controller.signal);
  setTimeout(() => controller.abort(new Error("pause")), 50);
  await assert.rejects(following, (error) => error instanceof LionError && error.kind === "interrupted");
  assert.deepEqual(await target.look(job), { state: "running" });
  writeFileSync(go, "");
  await until(() => job.exitCode() === 0);
});

test("what a job waits for is told once each time that it changes, and its end with null", async (t) => {
  const job = new JobDirectory(temporaryFolder(t));
  const says = (state: string, message: string) => () =>
    writeFileSync(job.file("state.json"), JSON.stringify({ state, message }));
  const running = { state: "running" } as const;
  const looks: Array<[JobStatus, () => void]> = [
    [{ state: "waiting", reason: "Priority" }, () => {}],
    [{ state: "waiting", reason: "Priority" }, () => {}],
    [{ state: "waiting", reason: "Resources" }, () => {}],
    [running, says("waiting", "waits for 2 GPUs; 1 can be had")],
    [running, says("running", "step 1")],
    [{ state: "exited", code: 0 }, says("done", "")],
  ];
  const target: Pick<Target, "look" | "pollMs"> = {
    pollMs: 1,
    look: async () => {
      const [status, act] = looks.shift() as [JobStatus, () => void];
      act();
      return status;
    },
  };
  const told: Array<string | null> = [];
  await follow(target, job, clock, { onMetrics: () => {}, onWaiting: (reason) => told.push(reason) }, never);
  assert.deepEqual(told, ["Priority", "Resources", "waits for 2 GPUs; 1 can be had", null]);
});
