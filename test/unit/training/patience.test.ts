import assert from "node:assert/strict";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { waitOut } from "../../../src/core/training/patience.ts";
import { SshProblem, type SshProblemKind } from "../../../src/core/training/ssh/sshProblem.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { never } from "./support.ts";

const problem = (kind: SshProblemKind): LionError =>
  new LionError("environment", `gpu: ${kind}.`, { cause: new SshProblem(kind, "gpu", "") });

test("a lost connection is tried again with growing pauses, for as long as it takes, and told twice", async () => {
  const clock = new FakeClock();
  const started = clock.now();
  const tried: number[] = [];
  const notes: string[] = [];
  const result = waitOut(
    async () => {
      tried.push((clock.now() - started) / 1000);
      if (tried.length < 12) {
        throw problem("unreachable");
      }
      return "done";
    },
    { clock, signal: never, note: (text) => notes.push(text), place: '"gpu"' },
  );
  await clock.advance(3_600_000);
  assert.equal(await result, "done");
  assert.deepEqual(tried, [0, 1, 3, 7, 15, 31, 63, 127, 247, 367, 487, 607]);
  assert.deepEqual(notes, [
    'The connection to "gpu" is lost and is tried again until it is there; jobs go on meanwhile. gpu: unreachable.',
    'The connection to "gpu" is there again.',
  ]);
});

test("what does not pass by itself is not waited out", async () => {
  const patience = { clock: new FakeClock(), signal: never, note: assert.fail, place: "gpu" };
  for (const error of [problem("changed-host-key"), problem("permission-denied"), new LionError("input", "No.")]) {
    await assert.rejects(
      waitOut(() => Promise.reject(error), patience),
      error,
    );
  }
});

test("a pause while the connection is away ends the waiting at once", async () => {
  const clock = new FakeClock();
  const pause = new AbortController();
  const waiting = waitOut(() => Promise.reject(problem("timeout")), {
    ...{ clock, signal: pause.signal, note: () => {}, place: "gpu" },
  });
  const ended = assert.rejects(waiting, /pause/);
  await clock.advance(10_000);
  pause.abort(new Error("pause"));
  await ended;
});
