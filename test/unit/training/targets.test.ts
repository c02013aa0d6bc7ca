import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { takeOver } from "../../../src/core/training/takeOver.ts";
import { Targets } from "../../../src/core/training/targets.ts";
import { localTarget, temporaryFolder } from "./support.ts";

const CONFIGS = { here: { kind: "local", gpus: "all", waitForGpus: false } } as const;

test("a target is made once, when it is first asked for", () => {
  const made: string[] = [];
  const targets = new Targets(CONFIGS, (name) => {
    made.push(name);
    return localTarget();
  });
  assert.deepEqual(
    [targets.names, targets.kindOf("here"), targets.kindOf("toString"), made],
    [["here"], "local", null, []],
  );
  assert.equal(targets.of("here"), targets.of("here"));
  assert.deepEqual(made, ["here"]);
});

test("a target that lion.json does not have is one sentence", () => {
  const targets = new Targets(CONFIGS, () => localTarget());
  assert.throws(
    () => targets.of("gpu"),
    (error) =>
      error instanceof LionError &&
      /^lion\.json has no training target "gpu": targets are "here"; add it/.test(error.message),
  );
});

test("what a next attempt goes on from is moved, and what it has already is left alone", (t) => {
  const folder = temporaryFolder(t);
  const [before, next] = ["1", "2"].map((id) => new JobDirectory(join(folder, id))) as [JobDirectory, JobDirectory];
  before.create();
  next.create();
  mkdirSync(before.file("out/snapshots"));
  for (const name of ["answers.jsonl", "answers.jsonl.1", "other", "snapshots/step"]) {
    writeFileSync(before.file(`out/${name}`), "before");
  }
  writeFileSync(next.file("out/answers.jsonl"), "next");
  takeOver({ job: before, names: ["answers.jsonl*", "snapshots", "none"] }, next);
  assert.deepEqual(readdirSync(before.file("out")).sort(), ["answers.jsonl", "other"]);
  assert.deepEqual(readdirSync(next.file("out")).sort(), ["answers.jsonl", "answers.jsonl.1", "snapshots"]);
  assert.equal(next.text("out/answers.jsonl"), "next");
  takeOver({ job: new JobDirectory(join(folder, "gone")), names: ["*"] }, next);
});
