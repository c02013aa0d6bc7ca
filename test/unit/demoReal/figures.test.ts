import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sideBySide, wrap } from "../../../scripts/demoReal/columns.mts";
import { bestMiddleWorst, paired, rougeL } from "../../../scripts/demoReal/figures.mts";

describe("the figures of the demo on real text", () => {
  it("scores overlap as ROUGE-L does", () => {
    assert.equal(rougeL("The cat sat.", "the cat sat"), 1);
    assert.equal(rougeL("a b c d", "a x c y"), 0.5);
    assert.equal(rougeL("a b", "b a"), 0.5);
    assert.equal(rougeL("a b", "c"), 0);
    assert.equal(rougeL("a", ""), 0);
    assert.equal(rougeL("", ""), 0);
  });

  it("agrees with the plain recurrence, on texts longer than a machine word too", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 80 });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
        const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
        for (const [i, left] of a.entries()) {
          for (const [j, right] of b.entries()) {
            const row = table[i + 1] as number[];
            row[j + 1] = left === right ? at(i, j) + 1 : Math.max(at(i, j + 1), at(i + 1, j));
          }
        }
        const expected = a.length + b.length === 0 ? 0 : (2 * at(a.length, b.length)) / (a.length + b.length);
        assert.ok(Math.abs(rougeL(a.join(" "), b.join(" ")) - expected) < 1e-12);
      }),
    );
  });

  it("compares only what was scored both times", () => {
    const figure = paired(
      [
        [1, 3],
        [2, 3],
        [null, 100],
        [100, null],
      ] as const,
      (pair) => pair,
    );
    assert.equal(figure?.before, 1.5);
    assert.equal(figure?.after, 3);
    assert.equal(figure?.change.value, 1.5);
    assert.equal(figure?.change.count, 2);
    assert.equal(
      paired([null], () => [null, null]),
      null,
    );
  });

  it("shows the best, the middle and the worst, and not one twice", () => {
    const pick = (items: number[]): number[] => bestMiddleWorst(items, (item) => item);
    assert.deepEqual(pick([3, 1, 5, 4, 2]), [5, 3, 1]);
    assert.deepEqual(pick([1, 2]), [2, 1]);
    assert.deepEqual(pick([7]), [7]);
    assert.deepEqual(pick([]), []);
  });
});

describe("answers side by side", () => {
  it("wraps at words, breaks what is longer than a line, and says when there is more", () => {
    assert.deepEqual(wrap("one two three", 7, 9), ["one two", "three"]);
    assert.deepEqual(wrap("abcdefgh ij", 4, 9), ["abcd", "efgh", "ij"]);
    assert.deepEqual(wrap("one two three", 5, 2), ["one", "two…"]);
    assert.deepEqual(wrap("abcd efgh", 4, 1), ["abc…"]);
    assert.deepEqual(wrap(" \n ", 4, 1), []);
  });

  it("keeps every line within the width and lets no control or invisible character through", () => {
    const words = fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", "\n", "\x1b[2J", "\u202e", "\u0000") });
    fc.assert(
      fc.property(words, words, fc.integer({ min: 60, max: 120 }), (left, right, width) => {
        const text = sideBySide(
          [
            { title: "before", text: left },
            { title: "after", text: right },
          ],
          { width, height: 5 },
        );
        for (const line of text.split("\n")) {
          assert.ok([...line].length <= width);
          assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
        }
        assert.ok(text.split("\n").length <= 7);
      }),
    );
  });
});
