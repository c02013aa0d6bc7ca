import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { meanOfCounts, meanWithInterval } from "../../../src/core/evaluation/curve.ts";
import { gapBins, gapSummary, isInBin } from "../../../src/core/evaluation/gaps.ts";

const counts = (...gaps: ReadonlyArray<number | null>) =>
  [...Map.groupBy(gaps, (gap) => gap)].map(([gap, members]) => ({ gap, count: members.length }));

it("a summary counts hard from τ on, the unscored apart, and student-ahead from −τ on", () => {
  const summary = gapSummary(counts(1, 1, 0.75, 3, -1, -0.5, null), 1, 2);
  assert.equal(summary.rated, 7);
  assert.equal(summary.hard, 3);
  assert.equal(summary.easy, 3);
  assert.equal(summary.unscored, 1);
  assert.equal(summary.studentAhead, 1);
  assert.equal(summary.contradictory, 2);
  assert.equal(summary.hardShare?.value, 0.5);
  assert.equal(summary.hardShare?.count, 6);
  assert.ok(Math.abs((summary.meanGap?.value ?? 0) - 4.25 / 6) < 1e-12);
});

it("nothing rated has neither mean nor share, and one verdict has no bounds", () => {
  assert.equal(gapSummary([], 1, 0).meanGap, null);
  assert.equal(gapSummary([], 1, 0).hardShare, null);
  assert.deepEqual(gapSummary(counts(2), 1, 0).meanGap, { value: 2, low: null, high: null, count: 1 });
});

it("a mean of counts is the mean of the values written out", () => {
  const values = [1, 1, 1, 2.5, -3, 0, 0];
  const grouped = meanOfCounts(counts(...values).map(({ gap, count }) => ({ value: gap ?? 0, count })));
  const plain = meanWithInterval(values);
  assert.ok(grouped && plain);
  for (const key of ["value", "low", "high"] as const) {
    assert.ok(Math.abs(grouped[key] - plain[key]) < 1e-12, key);
  }
  assert.equal(grouped.count, 7);
});

it("bins end at τ and −τ and are of one kind each", () => {
  const bins = gapBins(counts(-2, -1, -0.75, 0, 0.5, 0.9999, 1, 1.25, 4), 1);
  const of = (gap: number) => bins.find((bin) => isInBin(gap, bin));
  assert.deepEqual(of(1), { from: 1, to: 1.5, kind: "hard", count: 2 });
  assert.deepEqual(of(0.9999), { from: 0.5, to: 1, kind: "easy", count: 2 });
  assert.deepEqual(of(-1), { from: -1.5, to: -1, kind: "studentAhead", count: 1 });
  assert.deepEqual(of(-0.75), { from: -1, to: -0.5, kind: "easy", count: 1 });
  assert.deepEqual(of(0), { from: 0, to: 0.5, kind: "easy", count: 1 });
  assert.deepEqual(gapBins([{ gap: null, count: 3 }], 1), []);
});

it("every gap lies in exactly one bin, of the kind that the verdict has, whatever τ is", () => {
  const gap = fc.integer({ min: -90_000, max: 90_000 }).map((units) => units / 10_000);
  const tau = fc.integer({ min: 0, max: 900 }).map((hundredths) => hundredths / 100);
  fc.assert(
    fc.property(fc.array(gap, { minLength: 1, maxLength: 40 }), tau, (gaps, limit) => {
      const bins = gapBins(counts(...gaps), limit);
      const summary = gapSummary(counts(...gaps), limit, 0);
      const total = (kind: string) =>
        bins.filter((bin) => bin.kind === kind).reduce((sum, { count }) => sum + count, 0);
      for (const one of gaps) {
        assert.equal(bins.filter((bin) => isInBin(one, bin)).length, 1, `${one} with τ ${limit}`);
      }
      assert.equal(total("hard"), summary.hard);
      // With τ = 0 a gap of 0 is both hard and student-ahead; the picture shows it as hard.
      const both = limit === 0 ? gaps.filter((one) => one === 0).length : 0;
      assert.equal(total("studentAhead"), summary.studentAhead - both);
      for (const [index, { from }] of bins.entries()) {
        assert.ok(index === 0 || bins[index - 1]?.to === from, "bins touch");
      }
    }),
  );
});
