import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { deriveVerdict, isHard, isStudentAhead, type RatedPair } from "../../../src/core/referee/verdict.ts";

const rated = (teacher: number, student: number): RatedPair => ({ teacher, student });
const verdict = (ratings: ReadonlyArray<RatedPair | null>, margin = 1): ReturnType<typeof deriveVerdict> =>
  deriveVerdict(ratings, { margin });

const score = fc.integer({ min: 2, max: 20 }).map((halves) => halves / 2);
const pair = fc.record({ teacher: score, student: score });

describe("deriveVerdict", () => {
  it("takes the means over both orders", () => {
    assert.deepEqual(verdict([rated(9, 6), rated(8, 7.5)]), {
      state: "scored",
      teacher: 8.5,
      student: 6.75,
      gap: 1.75,
      contradictory: false,
    });
  });

  it("cancels pure position bias", () => {
    const both = verdict([rated(9, 8), rated(8, 9)]);
    assert.equal(both.state === "scored" && both.gap, 0);
  });

  it("never averages over a rating that is missing", () => {
    for (const ratings of [[rated(9, 6), null], [null, rated(9, 6)], [null, null], [null], []]) {
      assert.deepEqual(verdict(ratings), { state: "unscored" });
    }
  });

  it("is content with one order where only one was asked for", () => {
    const one = verdict([rated(9, 6)]);
    assert.equal(one.state === "scored" && one.gap, 3);
  });

  it("is contradictory only when both orders name a winner by the margin", () => {
    const cases: ReadonlyArray<readonly [RatedPair, RatedPair, number, boolean]> = [
      [rated(9, 8), rated(7, 8), 1, true],
      [rated(7, 8), rated(9, 8), 1, true],
      [rated(9, 8), rated(7.5, 8), 1, false],
      [rated(9, 8), rated(7.5, 8), 0.5, true],
      [rated(9, 8), rated(8, 8), 0, false],
      [rated(8, 8), rated(8, 8), 0, false],
      [rated(9, 4), rated(8, 7), 1, false],
    ];
    for (const [one, other, margin, contradictory] of cases) {
      const both = verdict([one, other], margin);
      assert.equal(both.state === "scored" && both.contradictory, contradictory);
    }
  });

  it("does not depend on which order came first, and turns round with the sides", () => {
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        assert.deepEqual(verdict([one, other]), verdict([other, one]));
        const turned = verdict([rated(one.student, one.teacher), rated(other.student, other.teacher)]);
        const straight = verdict([one, other]);
        assert.ok(turned.state === "scored" && straight.state === "scored");
        assert.equal(turned.gap, 0 - straight.gap);
        assert.equal(turned.contradictory, straight.contradictory);
      }),
    );
  });
});

describe("isHard and isStudentAhead", () => {
  it("count the threshold itself", () => {
    assert.deepEqual(
      [0.99, 1, 1.01].map((gap) => isHard(gap, 1)),
      [false, true, true],
    );
    assert.deepEqual(
      [-0.99, -1, -1.01].map((gap) => isStudentAhead(gap, 1)),
      [false, true, true],
    );
    assert.ok(isHard(0, 0) && isStudentAhead(0, 0));
  });

  it("are not misled by binary fractions", () => {
    assert.ok(8.2 - 7.2 < 1);
    const nearly = verdict([rated(8.2, 7.2), rated(8.2, 7.2)]);
    assert.ok(nearly.state === "scored" && nearly.gap === 1 && isHard(nearly.gap, 1));
    assert.ok(isHard(0.1 + 0.2, 0.3) && isHard(8.2 - 7.2, 1) && isStudentAhead(7.2 - 8.2, 1));
  });
});
