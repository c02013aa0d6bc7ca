import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LcsMatcher } from "../../../src/core/diversity/lcsMatcher.ts";
import { fm, need, needOfAny } from "../../../src/core/diversity/rougeL.ts";
import { naiveCommon } from "../../support/naiveRougeL.ts";

test("scores that are 0.7 on paper land on, above or below it as in the reference", () => {
  assert.equal(fm(7, 10, 10), 0.7);
  assert.ok(fm(7, 9, 11) > 0.7);
  assert.ok(fm(7, 8, 12) > 0.7);
  assert.ok(fm(7, 7, 13) > 0.7);
  assert.ok(fm(21, 23, 37) < 0.7);
});

test("of all ties at 0.7 up to 400 tokens, 1,868 land on it, 1,710 above and 152 below", () => {
  const counts = { on: 0, above: 0, below: 0 };
  for (let m = 1; m <= 400; m++) {
    for (let n = 1; n <= 400; n++) {
      const common = (7 * (m + n)) / 20;
      if (Number.isInteger(common) && common <= Math.min(m, n)) {
        const score = fm(common, m, n);
        counts[score === 0.7 ? "on" : score > 0.7 ? "above" : "below"]++;
      }
    }
  }
  assert.deepEqual(counts, { on: 1868, above: 1710, below: 152 });
});

test("the score is symmetric to the last bit and rises with every common token", () => {
  for (let m = 1; m <= 60; m++) {
    for (let n = 1; n <= 60; n++) {
      for (let common = 0; common <= Math.min(m, n); common++) {
        assert.equal(fm(common, m, n), fm(common, n, m));
        assert.ok(common === 0 || fm(common, m, n) > fm(common - 1, m, n));
      }
    }
  }
});

test("the bounds never ask for more than the score does, and are less than one token off", () => {
  for (const threshold of [0.01, 0.3, 0.5, 0.7, 2 / 3, 0.9, 1]) {
    for (let m = 1; m <= 60; m++) {
      let least = Number.POSITIVE_INFINITY;
      for (let n = 1; n <= 120; n++) {
        for (let common = 0; common <= Math.min(m, n); common++) {
          if (fm(common, m, n) >= threshold) {
            assert.ok(common >= need(threshold, m, n) && common - 1 < need(threshold, m, n) + 1e-5);
            least = Math.min(least, common);
            break;
          }
        }
      }
      assert.ok(least >= needOfAny(threshold, m) && least - 1 < needOfAny(threshold, m) + 1e-5);
    }
  }
});

function matched(query: readonly number[], other: readonly number[]): number {
  const matcher = new LcsMatcher();
  matcher.prepare(Int32Array.from(query), query.length, 1000);
  return matcher.common(Int32Array.from([-7, ...other]).map(Math.abs), 1, other.length, 0);
}

for (const length of [1, 2, 31, 32, 33, 61, 62, 63, 64, 65, 93, 94, 200]) {
  test(`the bit-parallel subsequence equals the table at ${length} tokens`, () => {
    const text = fc.array(fc.nat(3), { minLength: length, maxLength: length });
    fc.assert(
      fc.property(text, fc.array(fc.nat(3), { minLength: 1, maxLength: 80 }), (query, other) => {
        assert.equal(matched(query, other), naiveCommon(query.map(String), other.map(String)));
      }),
    );
    const same = Array.from({ length }, (_, i) => i);
    assert.equal(matched(same, same), length);
    assert.equal(matched(new Array(length).fill(5), new Array(length + 3).fill(5)), length);
    assert.equal(matched(same, [...same].reverse()), 1);
  });
}

test("a released text leaves nothing behind for the next", () => {
  const matcher = new LcsMatcher();
  for (const length of [5, 100, 3]) {
    const query = Int32Array.from({ length }, (_, i) => i + length);
    matcher.prepare(query, length, 1000);
    assert.equal(
      matcher.common(
        Int32Array.from({ length: 1000 }, (_, i) => i),
        0,
        1000,
        1,
      ),
      length,
    );
    matcher.release(query, length);
  }
});
