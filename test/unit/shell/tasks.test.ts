import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LionError } from "../../../src/core/errors.ts";
import { lionTaskOf, projectFolderOf, taskName, tasksFor } from "../../../src/shell/tasks/definition.ts";
import { exitCodeOf, TaskLines } from "../../../src/shell/tasks/taskLines.ts";
import { smallConfig } from "../store/support.ts";
import { english } from "./english.ts";

describe("a task's definition", () => {
  it("is read from tasks.json alone", () => {
    assert.deepEqual(lionTaskOf({ type: "lion", stage: "train", output: "w", unattended: false }, english), {
      stage: "train",
      output: "w",
    });
    assert.deepEqual(lionTaskOf({ stage: "train", target: "gpu" }, english), { stage: "train", target: "gpu" });
  });

  it("is refused in one sentence when it says something else", () => {
    const sentence = (pattern: RegExp) => (error: LionError) => error.kind === "input" && pattern.test(error.message);
    assert.throws(() => lionTaskOf({ type: "lion" }, english), sentence(/one of iteration, imitation/));
    assert.throws(() => lionTaskOf({ stage: "dance" }, english), sentence(/needs a stage/));
    assert.throws(() => lionTaskOf({ stage: "train", output: 7 }, english), sentence(/“output”/));
    assert.throws(() => lionTaskOf({ stage: "train", target: "" }, english), sentence(/a target of lion\.json/));
    assert.throws(() => lionTaskOf({ stage: "train", project: "" }, english), sentence(/“project”/));
    assert.throws(() => projectFolderOf({ stage: "train" }, null, english), sentence(/Open the project's folder/));
  });

  it("finds its project from the workspace folder", () => {
    assert.equal(projectFolderOf({ stage: "train" }, "/w", english), "/w");
    assert.equal(projectFolderOf({ stage: "train", project: "a/b" }, "/w", english), "/w/a/b");
    assert.equal(projectFolderOf({ stage: "train", project: "/x" }, null, english), "/x");
  });

  it("has a name that tells tasks apart", () => {
    assert.equal(taskName({ stage: "iteration", unattended: true }, english), "run unattended");
    assert.equal(taskName({ stage: "train", project: "a" }, english), "train student (a)");
    assert.equal(taskName({ stage: "train", target: "gpu" }, english), "train student on gpu");
  });

  it("is offered where it makes sense", () => {
    const served = smallConfig();
    assert.deepEqual(
      tasksFor(served, { next: "discrimination" }).map(({ stage }) => stage),
      ["iteration", "iteration", "discrimination"],
    );
    const trained = smallConfig({
      profiles: {
        any: { kind: "sandbox", model: "oracle-teacher" },
        own: { kind: "checkpoint", base: { weights: "w" } },
      },
      roles: { teacher: "any", student: "own", referee: "any", generator: "any" },
    });
    assert.deepEqual(tasksFor(trained, { next: null, project: "p" }).at(-1), { stage: "train", project: "p" });
  });
});

describe("a task's terminal", () => {
  const progress = { event: "progress", iteration: 1, stage: "imitation", step: "asked", detail: "" } as const;

  it("counts in place and ends the line before something else is said", () => {
    const lines = new TaskLines(english);
    const counting = lines.event({ ...progress, done: 3, total: 1200 });
    assert.equal(counting, "\r\x1b[2K  asked 3 of 1,200");
    assert.ok(lines.event({ event: "note", text: "hm" }).startsWith("\r\n"));
    assert.ok(lines.event({ ...progress, done: 1200, total: 1200 }).endsWith("\r\n"));
    assert.ok(!lines.say("x").startsWith("\r\n"));
  });

  it("prints nothing that a terminal would act upon", () => {
    const lines = new TaskLines(english);
    const hostile = "a\x1b]0;title\x07b\x9b31m\u202ec";
    for (const written of [
      lines.event({ event: "note", text: hostile }),
      lines.log([hostile]),
      lines.event({ ...progress, done: 1, total: 1, detail: hostile }),
      lines.end({ outcome: "failed", kind: null, message: hostile }),
    ]) {
      for (const hostilePart of ["\x1b]", "\x07", "\x9b", "\u202e"]) {
        assert.ok(!written.includes(hostilePart), JSON.stringify(written));
      }
    }
  });

  it("ends with the codes of the command line", () => {
    const code = (outcome: Parameters<typeof exitCodeOf>[0]["outcome"], kind: "input" | null = null): number =>
      exitCodeOf({ outcome, kind });
    assert.deepEqual(
      [code("done"), code("failed"), code("failed", "input"), code("waiting"), code("limit"), code("paused")],
      [0, 1, 2, 3, 4, 130],
    );
  });
});
