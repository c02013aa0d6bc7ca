import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PoolBrowser } from "../../../src/core/browse/poolBrowser.ts";
import { projectPaths } from "../../../src/core/project/project.ts";
import { finishApproval } from "../../../src/core/review/approval.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import { Lease } from "../../../src/core/store/lease.ts";
import { factsOf, type ReadProject, reachedOf } from "../../../src/shell/status/facts.ts";
import { isLeftOff, standingOf } from "../../../src/shell/status/standing.ts";
import { addCandidate, addInstruction, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();

function openProject(): ReadProject {
  const store = newStore(folder);
  return { store, browser: new PoolBrowser(store), project: { ...projectPaths(folder), config: smallConfig() } };
}

const kindOf = (project: ReadProject): string => standingOf(factsOf(project)).kind;

describe("the standing of a stored project", () => {
  it("follows an iteration from an empty pool to its finished approval", () => {
    const project = openProject();
    const { store } = project;
    assert.equal(kindOf(project), "empty");

    store.pools.add("train", 1, [addInstruction(store, "Name a colour.")]);
    assert.equal(kindOf(project), "new");

    const iteration = { number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 };
    store.iterations.open(iteration, clock.now());
    store.iterations.begin(1, "imitation", 0, clock.now());
    assert.deepEqual(standingOf(factsOf(project)), {
      kind: "stopped",
      iteration: 1,
      stage: "imitation",
      note: "",
      died: true,
      job: null,
    });

    const lease = new Lease(store.connection, clock);
    lease.take();
    assert.deepEqual(standingOf(factsOf(project)), {
      kind: "running",
      iteration: 1,
      stage: "imitation",
      process: process.pid,
    });
    lease.release();

    for (const stage of ["imitation", "discrimination"] as const) {
      store.iterations.begin(1, stage, 0, clock.now());
      store.iterations.end(1, stage, "done", "", 5, clock.now());
    }
    const between = standingOf(factsOf(project));
    assert.ok(isLeftOff(between) && between.kind === "between");
    assert.equal(reachedOf(project, between), null);

    store.iterations.begin(1, "generation", 0, clock.now());
    const candidate = addCandidate(store, "Name two colours.");
    addCandidate(store, "Name three colours.");
    store.iterations.end(1, "generation", "stopped", "a limit", 5, clock.now());
    const stopped = standingOf(factsOf(project));
    assert.equal(stopped.kind, "stopped");
    assert.deepEqual(stopped.kind === "stopped" && reachedOf(project, stopped), { done: 2, total: 10 });

    store.iterations.end(1, "generation", "waiting", "look", 5, clock.now());
    new Review({ store, clock, actor: "me" }).approve([candidate]);
    assert.deepEqual(standingOf(factsOf(project)), { kind: "approval", iteration: 1, waiting: 1, approved: 1 });

    finishApproval(store, clock, "me");
    assert.deepEqual(standingOf(factsOf(project)), { kind: "approved", iteration: 1, closed: false });
    new Undoing({ store, clock, actor: "me" }).undo();
    assert.equal(kindOf(project), "approval");
  });

  it("says how far a lazy discrimination had come, though not where it would have ended", () => {
    const project = openProject();
    const { store } = project;
    store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, clock.now());
    const standing = {
      kind: "stopped",
      iteration: 1,
      stage: "discrimination",
      note: "",
      died: false,
      job: null,
    } as const;
    assert.deepEqual(reachedOf(project, standing), { done: 0, total: null });
    assert.equal(reachedOf(project, { ...standing, stage: "imitation" }), null);
  });
});

describe("a job that was left", () => {
  it("is told as long as nobody has collected it, and only where it can still be", () => {
    const project = openProject();
    const { store } = project;
    store.pools.add("train", 1, [addInstruction(store, "Name a river.")]);
    store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, clock.now());
    store.iterations.begin(1, "imitation", 0, clock.now());
    const directory = "jobs/left";
    store.training.addJob(
      { id: "left", kind: "train", iteration: 1, purpose: "imitation", target: "local", directory },
      clock.now(),
    );
    const path = join(project.project.dataDirectory, directory);
    mkdirSync(path, { recursive: true });
    const job = () => {
      const standing = standingOf(factsOf(project));
      return standing.kind === "stopped" ? standing.job : undefined;
    };
    writeFileSync(join(path, "place.json"), '{"host": "gpu-box"}');
    writeFileSync(join(path, "state.json"), '{"state": "running"}');
    assert.deepEqual(job(), { id: "left", kind: "train", ended: false });
    writeFileSync(join(path, "rc"), "0");
    assert.deepEqual(job(), { id: "left", kind: "train", ended: true });
    writeFileSync(join(path, "rc"), "1");
    assert.equal(job(), null);
    store.training.endJob("left", "collected", 0, clock.now());
    assert.equal(job(), null);
  });
});
