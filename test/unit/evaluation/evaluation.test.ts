import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  meanWithInterval,
  type PanelRow,
  shareWithInterval,
  studentT,
  wouldAnotherRoundPay,
} from "../../../src/core/evaluation/curve.ts";
import { isExactMatch } from "../../../src/core/evaluation/exactMatch.ts";
import { scoreByLevel } from "../../../src/core/evaluation/levels.ts";
import { Random } from "../../../src/core/random.ts";

test("exact match looks away from white space only", () => {
  assert.ok(isExactMatch(" A  B\n\tC \n", "A B C"));
  assert.ok(!isExactMatch("A B C", "A B c"));
  assert.ok(!isExactMatch("ABC", "A B C"));
  assert.ok(!isExactMatch("A B C.", "A B C"));
  assert.ok(isExactMatch("", " \n"));
});

test("scores by level, in the order of the levels; rows without one count in the whole only", () => {
  const row = (level: string | number | undefined, correct: boolean) => ({
    correct,
    tags: level === undefined ? {} : { level },
  });
  assert.deepEqual(
    scoreByLevel([row(10, true), row(2, false), row("2", true), row(undefined, true), row("easy", false)]),
    {
      ...{ total: 5, correct: 3, share: 0.6 },
      levels: [
        { level: 2, total: 2, correct: 1, share: 0.5 },
        { level: 10, total: 1, correct: 1, share: 1 },
      ],
    },
  );
  assert.deepEqual(scoreByLevel([]), { total: 0, correct: 0, share: 0, levels: [] });
});

test("Student's t agrees with the tables", () => {
  const table = {
    1: 12.706,
    2: 4.303,
    4: 2.776,
    5: 2.571,
    6: 2.447,
    8: 2.306,
    10: 2.228,
    20: 2.086,
    60: 2.0,
    199: 1.972,
  };
  for (const [degrees, value] of Object.entries(table)) {
    assert.ok(Math.abs(studentT(Number(degrees)) - value) < 0.0015, `${degrees}: ${studentT(Number(degrees))}`);
  }
});

test("the mean's interval: a worked example, and it covers the truth in 95 of 100 samples", () => {
  // Mean 3, s = 1.5811, n = 5: 3 ± 2.776·1.5811/√5.
  const estimate = meanWithInterval([1, 2, 3, 4, 5]);
  assert.ok(estimate);
  assert.equal(estimate.value, 3);
  assert.ok(Math.abs(estimate.low - 1.0368) < 1e-3 && Math.abs(estimate.high - 4.9632) < 1e-3);
  assert.equal(meanWithInterval([]), null);
  assert.deepEqual(meanWithInterval([2]), { value: 2, low: -Infinity, high: Infinity, count: 1 });
  const random = new Random("coverage");
  const samples = 4000;
  let covered = 0;
  for (let sample = 0; sample < samples; sample++) {
    const { low, high } = meanWithInterval(Array.from({ length: 12 }, () => random.normal(1, 2))) as {
      low: number;
      high: number;
    };
    covered += low <= 1 && 1 <= high ? 1 : 0;
  }
  // Four standard errors around 0.95.
  assert.ok(Math.abs(covered / samples - 0.95) < 0.014, String(covered / samples));
});

test("Wilson's interval: worked examples, and it always holds the share", () => {
  const close = (hits: number, count: number, low: number, high: number): void => {
    const estimate = shareWithInterval(hits, count);
    assert.ok(
      estimate && Math.abs(estimate.low - low) < 1e-3 && Math.abs(estimate.high - high) < 1e-3,
      JSON.stringify(estimate),
    );
  };
  close(0, 10, 0, 0.2775);
  close(5, 10, 0.2366, 0.7634);
  close(81, 263, 0.2553, 0.3662); // Newcombe, Statistics in Medicine 17 (1998), table I
  assert.equal(shareWithInterval(0, 0), null);
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), (hits, more) => {
      const count = hits + more + 1;
      const { value, low, high } = shareWithInterval(hits, count) as { value: number; low: number; high: number };
      assert.ok(0 <= low && low <= value + 1e-12 && value <= high && high <= 1);
    }),
  );
});

const panel = (gaps: ReadonlyArray<number | null>): PanelRow[] =>
  gaps.map((gap, instructionId) => ({ instructionId, gap }));
const noisy = (mean: number, name: string): number[] => {
  const random = new Random(name);
  return Array.from({ length: 100 }, () => random.normal(mean, 1));
};

test("another round would pay after one that clearly closed the gap", () => {
  const before = noisy(3, "before");
  const outlook = wouldAnotherRoundPay(panel(before), panel(before.map((gap, n) => gap - 0.5 + (n % 2 ? 0.3 : -0.3))));
  assert.equal(outlook.answer, "yes");
  assert.match(
    outlook.sentence,
    /^Another round would probably pay: the last one lowered the gap on 100 panel instructions by 0\.50 \(95 % interval 0\.44 to 0\.56\), and 2\.\d\d is left\.$/,
  );
});

test("the pairing finds what differing instructions hide", () => {
  // The gaps spread over 9 points; each fell by about 0.2.
  const before = Array.from({ length: 60 }, (_, n) => (n % 10) - 1);
  const after = before.map((gap, n) => gap - 0.2 + (n % 3) * 0.05);
  assert.equal(wouldAnotherRoundPay(panel(before), panel(after)).answer, "yes");
});

test("no clear sign, no, and nothing left", () => {
  const before = noisy(2, "a");
  const chance = wouldAnotherRoundPay(panel(before), panel(noisy(2, "b")));
  assert.equal(chance.answer, "unclear");
  assert.match(chance.sentence, /^There is no clear sign that another round would pay.* may be chance\.$/);
  const worse = wouldAnotherRoundPay(panel(before), panel(before.map((gap, n) => gap + 1 + (n % 2) * 0.1)));
  assert.equal(worse.answer, "no");
  assert.match(worse.sentence, /raised the gap on 100 panel instructions by 1\.05 \(95 % interval 1\.04 to 1\.06\)\.$/);
  const reached = wouldAnotherRoundPay(panel(before), panel(noisy(-1, "c")));
  assert.equal(reached.answer, "no");
  assert.match(reached.sentence, /the student is rated no worse than the teacher/);
});

test("only instructions scored both times count", () => {
  const outlook = wouldAnotherRoundPay(panel([1, 2, null, 4]), [...panel([0, null, 1]), { instructionId: 9, gap: 3 }]);
  assert.equal(outlook.gain?.count, 1);
  assert.equal(outlook.answer, "unclear");
  assert.doesNotMatch(outlook.sentence, /Infinity|NaN/);
  assert.match(wouldAnotherRoundPay([], panel([1])).sentence, /cannot be told/);
});

test("a panel that did not move at all gives no clear sign", () => {
  assert.equal(wouldAnotherRoundPay(panel([1, 1, 1]), panel([1, 1, 1])).answer, "unclear");
});
