import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agreementOf, type JudgedTwice } from "../../../src/core/evaluation/agreement.ts";

const times = (count: number, pair: JudgedTwice): JudgedTwice[] => Array.from({ length: count }, () => pair);

describe("agreement", () => {
  it("is the share of equal judgements, and κ by how much that is more than chance", () => {
    // Both name "hard" as often: pₒ = 0.7, pₑ = 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
    const pairs = [
      ...times(20, ["hard", "hard"]),
      ...times(5, ["hard", "easy"]),
      ...times(10, ["easy", "hard"]),
      ...times(15, ["easy", "easy"]),
    ];
    const { count, agreed, share, kappa } = agreementOf(pairs);
    assert.deepEqual([count, agreed, share?.value], [50, 35, 0.7]);
    assert.ok(kappa && Math.abs(kappa.value - 0.4) < 1e-12);
    assert.ok(kappa.low < 0.2 && kappa.low > 0.1 && kappa.high > 0.6 && kappa.high < 0.64);
  });

  it("of two who never agree is below 0, but not below −1", () => {
    const { kappa } = agreementOf([...times(5, ["hard", "easy"]), ...times(5, ["easy", "hard"])]);
    assert.deepEqual([kappa?.value, kappa?.low], [-1, -1]);
  });

  it("of a few perfect pairs is 1 with an interval that knows how few they are", () => {
    const { kappa } = agreementOf([...times(2, ["hard", "hard"]), ...times(2, ["easy", "easy"])]);
    assert.equal(kappa?.value, 1);
    assert.equal(kappa.high, 1);
    assert.ok(kappa.low < 0.1, String(kappa.low));
  });

  it("has no κ where only one category was ever named, and nothing at all without pairs", () => {
    const { share, kappa } = agreementOf(times(9, ["easy", "easy"]));
    assert.deepEqual([share?.value, kappa], [1, null]);
    assert.deepEqual(agreementOf([]), { count: 0, agreed: 0, share: null, kappa: null });
  });
});
