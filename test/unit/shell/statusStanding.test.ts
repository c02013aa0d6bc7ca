import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isApprovalOpen,
  isLeftOff,
  nextOf,
  type ProjectFacts,
  standingOf,
} from "../../../src/shell/status/standing.ts";

const FACTS: ProjectFacts = {
  poolEmpty: false,
  wanted: 3,
  iteration: 0,
  stages: [],
  holder: null,
  candidates: { waiting: 0, approved: 0, refused: 0 },
  approvalFinished: false,
  job: null,
};

type Stages = ProjectFacts["stages"];
const done = (...names: Array<Stages[number]["name"]>): Stages =>
  names.map((name) => ({ name, state: "done", note: "" }));

describe("where a project stands", () => {
  it("is empty before an import and new after it", () => {
    assert.deepEqual(standingOf({ ...FACTS, poolEmpty: true }), { kind: "empty" });
    assert.deepEqual(standingOf(FACTS), { kind: "new" });
    assert.deepEqual(nextOf(standingOf(FACTS)), { iteration: 1, stage: "imitation" });
  });

  it("runs where a process holds the project, whatever the stages say", () => {
    const facts: ProjectFacts = {
      ...FACTS,
      iteration: 2,
      stages: [...done("imitation"), { name: "discrimination", state: "running", note: "" }],
      holder: 77,
    };
    assert.deepEqual(standingOf(facts), { kind: "running", iteration: 2, stage: "discrimination", process: 77 });
    assert.equal(nextOf(standingOf(facts)), null);
  });

  it("tells a stage that was stopped from one whose engine died", () => {
    const stages = (state: "running" | "stopped"): Stages => [
      ...done("imitation"),
      { name: "discrimination", state, note: "why" },
    ];
    const stopped = { kind: "stopped", iteration: 2, stage: "discrimination", note: "why", job: null } as const;
    assert.deepEqual(standingOf({ ...FACTS, iteration: 2, stages: stages("stopped") }), { ...stopped, died: false });
    assert.deepEqual(standingOf({ ...FACTS, iteration: 2, stages: stages("running") }), { ...stopped, died: true });
  });

  it("tells approval from a gate by the candidates", () => {
    const facts: ProjectFacts = {
      ...FACTS,
      iteration: 1,
      stages: [...done("imitation", "discrimination"), { name: "generation", state: "waiting", note: "look" }],
    };
    assert.deepEqual(standingOf(facts), { kind: "gate", iteration: 1, stage: "generation", note: "look" });
    const candidates = { waiting: 5, approved: 2, refused: 1 };
    assert.deepEqual(standingOf({ ...facts, candidates }), {
      kind: "approval",
      iteration: 1,
      waiting: 5,
      approved: 2,
    });
    assert.ok(isApprovalOpen({ ...facts, candidates }));
    assert.ok(!isApprovalOpen({ ...facts, candidates, approvalFinished: true }));
  });

  it("goes on with the next imitation once the approval is finished, closed or not", () => {
    const waiting: ProjectFacts = {
      ...FACTS,
      iteration: 1,
      stages: [...done("imitation", "discrimination"), { name: "generation", state: "waiting", note: "" }],
      candidates: { waiting: 0, approved: 8, refused: 0 },
      approvalFinished: true,
    };
    assert.deepEqual(standingOf(waiting), { kind: "approved", iteration: 1, closed: false });
    const closed = { ...waiting, stages: done("imitation", "discrimination", "generation") };
    assert.deepEqual(standingOf(closed), { kind: "approved", iteration: 1, closed: true });
    assert.deepEqual(nextOf(standingOf(closed)), { iteration: 2, stage: "imitation" });
  });

  it("is between two stages, or complete after the closing imitation", () => {
    const facts = { ...FACTS, stages: done("imitation") };
    assert.deepEqual(standingOf({ ...facts, iteration: 3 }), {
      kind: "between",
      iteration: 3,
      stage: "discrimination",
    });
    assert.ok(isLeftOff(standingOf({ ...facts, iteration: 3 })));
    assert.deepEqual(standingOf({ ...facts, iteration: 4 }), { kind: "complete", iterations: 3 });
    assert.ok(!isLeftOff(standingOf({ ...facts, iteration: 4 })));
  });
});
