import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LionError } from "../../../src/core/errors.ts";
import { planOf, type RunPlan, type RunWish } from "../../../src/shell/commands/runPlan.ts";
import type { Standing } from "../../../src/shell/status/standing.ts";
import { smallConfig } from "../store/support.ts";
import { english } from "./english.ts";

const config = smallConfig({ loop: { iterations: 3, newInstructions: 10 } });

function plan(standing: Standing, wish: RunWish = {}, approval: "manual" | "auto" = "manual"): RunPlan {
  return planOf(standing, wish, config, approval, english);
}

const sentence = (pattern: RegExp) => (error: LionError) => error.kind === "input" && pattern.test(error.message);

describe("what a wish to run amounts to", () => {
  it("is one request where a person approves: it ends at the approval", () => {
    assert.deepEqual(plan({ kind: "new" }), { kind: "run", iteration: 1, requests: [{ iterations: 3 }] });
    assert.deepEqual(plan({ kind: "approved", iteration: 1, closed: false }), {
      kind: "run",
      iteration: 2,
      requests: [{ iterations: 3 }],
    });
  });

  it("is one request a stage where a policy approves, so that it ends with the iteration", () => {
    assert.deepEqual(plan({ kind: "between", iteration: 2, stage: "discrimination" }, {}, "auto"), {
      kind: "run",
      iteration: 2,
      requests: [{ only: "discrimination" }, { only: "generation" }],
    });
  });

  it("goes as far as it can unattended", () => {
    assert.deepEqual(plan({ kind: "new" }, { unattended: true }, "auto"), {
      kind: "run",
      iteration: 1,
      requests: [{ iterations: 3 }],
    });
  });

  it("closes the last iteration by a training, and then asks before one more", () => {
    assert.deepEqual(plan({ kind: "approved", iteration: 3, closed: true }, {}, "auto"), {
      kind: "run",
      iteration: 4,
      requests: [{ iterations: 3 }],
    });
    const complete: Standing = { kind: "complete", iterations: 3 };
    assert.deepEqual(plan(complete), { kind: "complete", iterations: 3 });
    assert.deepEqual(plan(complete, { oneMore: true }), {
      kind: "run",
      iteration: 4,
      requests: [{ iterations: 4 }],
    });
  });

  it("leaves the approval to the person, unless the generation is what is asked for", () => {
    const standing: Standing = { kind: "approval", iteration: 1, waiting: 3, approved: 0 };
    assert.deepEqual(plan(standing), standing);
    assert.deepEqual(plan(standing, { only: "generation" }), {
      kind: "run",
      iteration: 1,
      requests: [{ only: "generation" }],
    });
  });

  it("generates again when every candidate was refused", () => {
    assert.equal(plan({ kind: "approval", iteration: 1, waiting: 0, approved: 0 }).kind, "run");
  });

  it("closes a finished generation before the imitation that is asked for", () => {
    assert.deepEqual(plan({ kind: "approved", iteration: 1, closed: false }, { only: "imitation" }), {
      kind: "run",
      iteration: 2,
      requests: [{ only: "generation" }, { only: "imitation" }],
    });
    assert.deepEqual(plan({ kind: "approved", iteration: 1, closed: true }, { only: "imitation" }), {
      kind: "run",
      iteration: 2,
      requests: [{ only: "imitation" }],
    });
  });

  it("refuses an empty pool, a second engine, and a stage out of turn", () => {
    assert.throws(() => plan({ kind: "empty" }), sentence(/Import/));
    assert.throws(
      () => plan({ kind: "running", iteration: 1, stage: "imitation", process: 7 }),
      sentence(/Process 7 works/),
    );
    assert.throws(() => plan({ kind: "new" }, { only: "generation" }), sentence(/is at its imitation/));
  });
});
