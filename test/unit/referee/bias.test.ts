import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type BothOrders,
  firstPositionWinRate,
  flipRate,
  lengthCorrelation,
  precisionRecall,
  unparsedRate,
} from "../../../src/core/referee/bias.ts";

const both = (first: [number, number], second: [number, number]): BothOrders => ({
  teacherFirst: { teacher: first[0], student: first[1] },
  studentFirst: { teacher: second[0], student: second[1] },
});

describe("figures about bias", () => {
  const pairs: readonly BothOrders[] = [
    both([9, 8], [8, 9]),
    both([9, 6], [8, 7]),
    both([7, 8], [8, 9]),
    both([8, 8], [7, 9]),
    { teacherFirst: { teacher: 9, student: 1 }, studentFirst: null },
  ];

  it("counts the winners that change with the order", () => {
    assert.deepEqual(flipRate(pairs), { share: 0.25, count: 1, of: 4 });
    assert.deepEqual(flipRate([]), { share: null, count: 0, of: 0 });
  });

  it("counts how often the first position wins, without ties and half-rated pairs", () => {
    assert.deepEqual(firstPositionWinRate(pairs), { share: 5 / 7, count: 5, of: 7 });
    assert.equal(firstPositionWinRate([both([9, 1], [9, 1]), both([8, 2], [7, 3])]).share, 0.5);
  });

  it("counts unparsed ratings", () => {
    assert.deepEqual(unparsedRate([{ teacher: 1, student: 2 }, null, null, null]), { share: 0.75, count: 3, of: 4 });
  });

  it("correlates length and score", () => {
    const at = (length: number, score: number) => ({ length, score });
    assert.ok(Math.abs((lengthCorrelation([at(10, 1), at(20, 2), at(30, 3)]) ?? 0) - 1) < 1e-12);
    assert.ok(
      Math.abs((lengthCorrelation([at(1, 2), at(2, 1), at(3, 2), at(4, 1)]) ?? 0) + 0.4472135954999579) < 1e-12,
    );
    assert.equal(lengthCorrelation([at(1, 1), at(2, 2)]), null);
    assert.equal(lengthCorrelation([at(5, 1), at(5, 2), at(5, 3)]), null);
    assert.equal(lengthCorrelation([at(1, 0), at(2, 0), at(3, 0)]), null);
  });

  it("measures how well hard ones are found", () => {
    assert.deepEqual(precisionRecall([1, 2, 3, 4], [3, 4, 5]), { precision: 0.5, recall: 2 / 3 });
    assert.deepEqual(precisionRecall([], [1]), { precision: null, recall: 0 });
    assert.deepEqual(precisionRecall([1], []), { precision: 0, recall: null });
  });
});
