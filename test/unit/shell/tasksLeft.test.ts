import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Project } from "../../../src/core/project/project.ts";
import { lastJobOf, outputAtWork, trainingAtWork, workFolderOf } from "../../../src/shell/tasks/leftTrainings.ts";
import { newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const MANIFEST = JSON.stringify({ id: "job", kind: "train", argv: ["python"], environment: {}, details: {} });

function job(folder: string, id: string, files: Readonly<Record<string, string>>): void {
  const path = join(folder, "jobs", id);
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries({ "job.json": MANIFEST, ...files })) {
    writeFileSync(join(path, name), text);
  }
}

const RUNNING = { "place.json": '{"host": "gpu-box"}', "state.json": '{"state": "running"}' };

describe("a training that a task finds at work", () => {
  it("is the loop's own that nobody has collected and that is not over", () => {
    const folder = temporaryFolder();
    const store = newStore(folder);
    const project = { dataDirectory: folder } as Project;
    store.iterations.open({ number: 1, config: smallConfig(), prompts: {}, decisionFloor: 0 }, 1);
    assert.equal(trainingAtWork({ store, project }), null);
    const add = (id: string, kind: "train" | "generate") =>
      store.training.addJob({ id, kind, iteration: 1, purpose: id, target: "gpu", directory: `jobs/${id}` }, 1);
    add("one", "train");
    job(folder, "one", RUNNING);
    add("two", "generate");
    job(folder, "two", RUNNING);
    assert.equal(trainingAtWork({ store, project })?.id, "one");
    writeFileSync(join(folder, "jobs", "one", "rc"), "0");
    assert.equal(trainingAtWork({ store, project }), null);
  });

  it("is the newest outside the loop whose last job is at work", () => {
    const folder = temporaryFolder();
    assert.equal(outputAtWork(join(folder, "none")), null);
    const work = (name: string): string => workFolderOf(join(folder, name));
    job(work("2026-01"), "iteration-001-imitation-001", RUNNING);
    job(work("2026-02"), "iteration-001-imitation-001", { ...RUNNING, rc: "1" });
    job(work("2026-02"), "iteration-001-imitation-002", RUNNING);
    job(work("2026-03"), "iteration-001-imitation-001", { ...RUNNING, rc: "1" });
    mkdirSync(join(folder, "2026-04"));
    assert.equal(outputAtWork(folder), join(folder, "2026-02"));
    assert.equal(lastJobOf(work("2026-02"))?.id, "iteration-001-imitation-002");
    assert.equal(lastJobOf(work("2026-09")), null);
  });
});
