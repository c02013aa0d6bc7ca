import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Store } from "../../../src/core/store/store.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { curveRequestOf } from "../../../src/protocol/training.ts";
import { TrainingDesk } from "../../../src/shell/panels/trainingDesk.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

function world(context: TestContext) {
  const folder = temporaryFolder(context);
  const store = new Store(join(folder, "lion.db"));
  context.after(() => store.close());
  const desk = new TrainingDesk(store, folder);
  return {
    store,
    desk,
    job: (id: string, iteration: number, fingerprint: string): JobDirectory => {
      const directory = new JobDirectory(join(folder, "jobs", id));
      directory.create();
      directory.seal({
        ...{ id, kind: "train", iteration, purpose: "imitation", fingerprint, createdAt: 0, details: {} },
        ...{ argv: ["true"], environment: {} },
      });
      const row = {
        id,
        kind: "train",
        iteration,
        purpose: "imitation",
        target: "gpu",
        directory: join("jobs", id),
      } as const;
      store.training.addJob(row, iteration);
      desk.changed();
      return directory;
    },
  };
}

const line = (step: number, changes: object = {}): string =>
  `${JSON.stringify({ step, steps: 10, loss: 1 / step, tokens: 100, time: step, ...changes })}\n`;

describe("what the training view shows", () => {
  it("is nothing before anything was trained", async (context) => {
    const { desk } = world(context);
    assert.equal(await desk.look(null, null), null);
    assert.equal(await desk.curve(curveRequestOf({ id: "x" } as never)), null);
    assert.equal(desk.log({ id: "x", side: "last", at: 0 }), null);
    assert.equal(desk.newest(), null);
  });

  it("is the newest training and the curves of the newest three, until somebody chooses", async (context) => {
    const { desk, job } = world(context);
    for (const iteration of [1, 2, 3, 4]) {
      job(`j${iteration}`, iteration, `f${iteration}`);
    }
    const first = await desk.look(null, null);
    assert.equal(first?.chosen.id, "j4");
    assert.deepEqual(
      first?.drawn.map(({ id }) => id),
      ["j4", "j3", "j2"],
    );
    const chosen = await desk.look("j1", null);
    assert.deepEqual(
      chosen?.drawn.map(({ id }) => id),
      ["j4", "j3", "j2", "j1"],
    );
    assert.deepEqual(
      (await desk.look("gone", ["j2", "gone"]))?.drawn.map(({ id }) => id),
      ["j2"],
    );
    assert.deepEqual((await desk.look(null, []))?.drawn, []);
  });

  it("says of the chosen training how it stands, from what its metrics and its place say", async (context) => {
    const { desk, job } = world(context);
    const directory = job("j1", 1, "f");
    writeFileSync(directory.file("place.json"), JSON.stringify({ host: "gpu-1", gpus: ["H100", "H100"] }));
    writeFileSync(directory.file("state.json"), JSON.stringify({ state: "running" }));
    appendFileSync(
      directory.file("metrics.jsonl"),
      line(1) + line(2, { eta_s: 9, mfu: 0.4, memory_mb: 512, epoch: 0.2 }),
    );
    const chosen = (await desk.look(null, null))?.chosen;
    assert.ok(chosen);
    assert.equal(chosen.state, "running");
    assert.deepEqual([chosen.step, chosen.steps, chosen.epoch, chosen.secondsLeft], [2, 10, 0.2, 9]);
    assert.deepEqual([chosen.host, chosen.target, chosen.gpus], ["gpu-1", "gpu", ["H100", "H100"]]);
    assert.deepEqual([chosen.loss, chosen.heldOut], [{ first: 1, last: 0.5 }, null]);
    assert.deepEqual([chosen.mfu, chosen.memoryMb, chosen.tokens], [0.4, 512, 200]);
  });

  it("has the sentence of a training that failed", async (context) => {
    const { desk, job, store } = world(context);
    const directory = job("j1", 1, "f");
    writeFileSync(directory.file("rc"), "1\n");
    writeFileSync(directory.file("log"), "Traceback\nRuntimeError: CUDA out of memory\n");
    store.training.endJob("j1", "failed", 1, 0);
    desk.changed();
    const chosen = (await desk.look(null, null))?.chosen;
    assert.equal(chosen?.state, "failed");
    assert.match(chosen?.reason ?? "", /out of memory/i);
  });

  it("knows a training by any of its attempts, and shows the log of the latest", async (context) => {
    const { desk, job } = world(context);
    writeFileSync(job("a", 1, "f").file("log"), "first\n");
    writeFileSync(job("b", 1, "f").file("log"), "second\n");
    assert.equal(desk.run("b")?.id, "a");
    assert.deepEqual(desk.log({ id: "a", side: "last", at: 0 }), { jobId: "b", from: 0, to: 7, text: "second\n" });
    assert.equal(desk.log({ id: "a", side: "after", at: -5 })?.from, 0);
  });

  it("tells by its version when a curve has got more", async (context) => {
    const { desk, job } = world(context);
    const directory = job("a", 1, "f");
    const version = async (): Promise<number | undefined> => (await desk.look(null, null))?.drawn[0]?.version;
    const before = await version();
    assert.equal(await version(), before);
    appendFileSync(directory.file("metrics.jsonl"), line(1));
    assert.notEqual(await version(), before);
    const curve = await desk.curve(curveRequestOf({ id: "a", axis: "step", from: null, to: null, smoothing: 0 }));
    assert.deepEqual(curve?.values.loss, [1]);
    assert.equal(curve?.version, await version());
  });

  it("takes no request for what it is not", () => {
    const request = { id: 7, axis: "__proto__", from: "a", to: Number.NaN, smoothing: 5 } as never;
    assert.deepEqual(curveRequestOf(request), { id: "7", axis: "step", from: null, to: null, smoothing: 0.999 });
  });
});
