import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IterationSummary } from "../../../src/core/browse/iterationSummaries.ts";
import type { VerdictFigures } from "../../../src/core/browse/verdictFigures.ts";
import type { StageState } from "../../../src/core/store/iterations.ts";
import type { Standing } from "../../../src/shell/status/standing.ts";
import { shownIterations, useOf } from "../../../src/shell/trees/shownIterations.ts";

const NONE: VerdictFigures = {
  ...{ rated: 0, hard: 0, easy: 0, unscored: 0, contradictory: 0, studentAhead: 0, meanGap: null },
};

function summary(number: number, states: readonly StageState[]): IterationSummary {
  const names = ["imitation", "discrimination", "generation"] as const;
  return {
    ...{ number, mode: "lazy", tau: 1, wanted: 10, trainPool: 20, cachePool: 40, draw: NONE, panel: NONE },
    ...{ candidates: { passed: 0, filtered: 0 }, calls: [], finished: false },
    stages: names.slice(0, states.length).map((name, index) => ({
      ...{ name, state: states[index] ?? "done", note: "", milliseconds: 1 },
    })),
  };
}

function shown(standing: Standing, ...summaries: IterationSummary[]) {
  return shownIterations({
    browser: { iterationSummaries: () => summaries, ratedOf: () => null },
    standing,
  });
}

function states(standing: Standing, ...summaries: IterationSummary[]): string[] {
  return shown(standing, ...summaries).map(
    ({ number, state, stages }) =>
      `${number} ${state}: ${stages.map((stage) => `${stage.state}${stage.runnable ? "*" : ""}`).join(" ")}`,
  );
}

describe("what a stage used", () => {
  it("is summed by role, in their order, and by currency", () => {
    const used = useOf([
      { role: "referee", calls: 3, cost: 40, currency: "USD" },
      { role: "teacher", calls: 2, cost: 10, currency: "EUR" },
      { role: "referee", calls: 4, cost: null, currency: null },
      { role: "student", calls: 1, cost: 2, currency: "USD" },
    ]);
    assert.deepEqual(
      used.calls.map(({ role, calls }) => [role, calls]),
      [
        ["teacher", 2],
        ["student", 1],
        ["referee", 7],
      ],
    );
    assert.deepEqual(used.cost, [
      { currency: "USD", cost: 42 },
      { currency: "EUR", cost: 10 },
    ]);
  });
});

describe("iterations as they are shown", () => {
  it("are newest first; the next stage is the one that can be run", () => {
    assert.deepEqual(
      states(
        { kind: "between", iteration: 2, stage: "discrimination" },
        summary(1, ["done", "done", "done"]),
        summary(2, ["done"]),
      ),
      ["2 next: done next* later", "1 done: done done done"],
    );
  });

  it("show a stage as running only while a process is at work, else as stopped", () => {
    const running: Standing = { kind: "running", iteration: 1, stage: "discrimination", process: 77 };
    const died: Standing = { kind: "stopped", iteration: 1, stage: "discrimination", note: "", died: true, job: null };
    assert.deepEqual(states(running, summary(1, ["done", "running"])), ["1 running: done running later"]);
    assert.deepEqual(states(died, summary(1, ["done", "running"])), ["1 stopped: done stopped later"]);
  });

  it("let a gate be run on with, and an approval not", () => {
    const gate: Standing = { kind: "gate", iteration: 1, stage: "imitation", note: "" };
    const approval: Standing = { kind: "approval", iteration: 1, waiting: 3, approved: 0 };
    assert.deepEqual(states(gate, summary(1, ["waiting"])), ["1 waiting: waiting* later later"]);
    assert.deepEqual(states(approval, summary(1, ["done", "done", "waiting"])), ["1 waiting: done done waiting"]);
  });

  it("begin with the coming iteration once the approval is finished", () => {
    const [coming, finished] = shown(
      { kind: "approved", iteration: 1, closed: false },
      summary(1, ["done", "done", "waiting"]),
    );
    assert.equal(coming?.number, 2);
    assert.deepEqual(
      coming?.stages.map(({ state, runnable }) => [state, runnable]),
      [
        ["next", true],
        ["later", false],
        ["later", false],
      ],
    );
    assert.equal(finished?.newest, true);
    assert.equal(finished?.state, "done", "though the next run writes that down");
  });

  it("are none before the first, and end with the closing imitation", () => {
    assert.deepEqual(states({ kind: "new" }), []);
    assert.deepEqual(states({ kind: "complete", iterations: 1 }, summary(2, ["done"])), ["2 done: done"]);
  });
});
