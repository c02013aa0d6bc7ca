import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { halves } from "../../../src/core/loop/quota.ts";
import { refereeFigures } from "../../../src/core/loop/refereeFigures.ts";
import { seedsFrom } from "../../../src/core/loop/seeds.ts";
import { gapFigures } from "../../../src/core/loop/status.ts";
import { type ProjectConfig, projectSchema } from "../../../src/core/project/schema.ts";
import { type Override, verdictSubject } from "../../../src/core/review/fold.ts";
import type { AnswerLengths, Rating, Verdict } from "../../../src/core/store/ratings.ts";

function config(loop: Record<string, unknown>): ProjectConfig {
  return projectSchema.parse({
    name: "test",
    profiles: { sandbox: { kind: "sandbox", model: "oracle-teacher" } },
    roles: { teacher: "sandbox", student: "sandbox", referee: "sandbox", generator: "sandbox" },
    loop,
  });
}

function verdict(instructionId: number, gap: number | null, contradictory = false): Verdict {
  return {
    ...{ iteration: 1, scope: "draw", position: instructionId, instructionId, gap, contradictory },
    ...{ state: gap === null ? "unscored" : "scored", teacherScore: null, studentScore: null, source: "referee" },
    ...{ teacherAnswerId: 1, studentAnswerId: 2 },
  };
}

function rating(
  instructionId: number,
  firstShown: "teacher" | "student",
  scores: { teacher: number; student: number } | null,
): Rating & AnswerLengths {
  return {
    ...{ id: 0, instructionId, iteration: 1, firstShown, teacherAnswerId: 1, studentAnswerId: 2, answerId: 3 },
    ...{ promptVersion: "referee/1", scores, unparsed: scores ? null : "no scores", reratingId: null },
    ...{ teacherLength: 10 * instructionId, studentLength: 10 },
  };
}

describe("halves", () => {
  it("splits N by the ratio and always adds up to N", () => {
    assert.deepEqual(halves(config({ newInstructions: 6000 })), { hard: 3000, easy: 3000 });
    assert.deepEqual(halves(config({ newInstructions: 7, hardToEasy: [2, 1] })), { hard: 5, easy: 2 });
    assert.deepEqual(halves(config({ newInstructions: 5, hardToEasy: [0, 1] })), { hard: 0, easy: 5 });
  });
});

describe("seedsFrom", () => {
  const verdicts = [verdict(1, 1), verdict(2, 0.5), verdict(3, null), verdict(4, 8), verdict(5, -3)];
  const nothing = { excluded: new Map<number, string>(), overrides: new Map<string, Override>() };

  it("calls a gap of exactly τ hard, keeps the draw's order and leaves unscored ones out", () => {
    assert.deepEqual(seedsFrom(verdicts, 1, nothing), { hard: [1, 4], easy: [2, 5] });
    assert.deepEqual(seedsFrom(verdicts, 0.5, nothing), { hard: [1, 2, 4], easy: [5] });
  });

  it("follows a person's override, also of an unscored one, and drops what is excluded", () => {
    const decided = {
      excluded: new Map([[4, "broken"]]),
      overrides: new Map([
        [verdictSubject(1, 2), { half: "hard" as const, gap: null, actor: "ann" }],
        [verdictSubject(1, 3), { half: null, gap: 0.5, actor: "ann" }],
        [verdictSubject(2, 5), { half: "hard" as const, gap: null, actor: "ann" }],
      ]),
    };
    assert.deepEqual(seedsFrom(verdicts, 1, decided), { hard: [1, 2], easy: [3, 5] });
  });
});

describe("gapFigures", () => {
  it("counts hard, easy, unscored and the flags beside them, and never counts a missing score as one", () => {
    const verdicts = [verdict(1, 2), verdict(2, 0, true), verdict(3, null), verdict(4, -1)];
    assert.deepEqual(gapFigures(verdicts, 1), {
      ...{ rated: 4, hard: 1, easy: 2, unscored: 1, contradictory: 1, studentAhead: 1 },
      ...{ meanGap: 1 / 3, hardShare: 1 / 3 },
    });
  });

  it("has no means over nothing", () => {
    const figures = gapFigures([verdict(1, null)], 1);
    assert.equal(figures.meanGap, null);
    assert.equal(figures.hardShare, null);
  });
});

describe("refereeFigures", () => {
  it("takes the last rating of each order and counts flips, first places and unreadable replies", () => {
    const figures = refereeFigures([
      rating(1, "teacher", { teacher: 9, student: 6 }),
      rating(1, "student", { teacher: 6, student: 9 }),
      rating(2, "teacher", null),
      rating(2, "teacher", { teacher: 8, student: 5 }),
      rating(2, "student", { teacher: 8, student: 5 }),
    ]);
    assert.equal(figures.flipRate, 1 / 2);
    assert.equal(figures.firstPositionRate, 3 / 4);
    assert.equal(figures.unparsedRate, 1 / 5);
  });

  it("is null over nothing", () => {
    assert.deepEqual(refereeFigures([]), {
      ...{ flipRate: null, firstPositionRate: null, lengthCorrelation: null, unparsedRate: null },
    });
  });
});
