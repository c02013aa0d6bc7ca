import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Stretch } from "../../../src/protocol/candidates.ts";
import { differing } from "../../../webview/ui/differing.ts";
import { inPieces } from "../../../webview/ui/marks.ts";

const cut = (text: string, stretches: readonly Stretch[] = []): string[] =>
  stretches.map(([from, to]) => text.slice(from, to));

describe("words that differ", () => {
  it("are those that one text has and the other has not, at their places", () => {
    const [left, right] = ["Order by total, descending.", "Order by name,\n ascending."];
    const found = differing(left, right);
    assert.deepEqual(cut(left, found?.left), ["total", "descending"]);
    assert.deepEqual(cut(right, found?.right), ["name", "ascending"]);
  });

  it("are none in the same text, white space aside, and all beside an empty one", () => {
    assert.deepEqual(differing("a b\nc", "a  b c"), { left: [], right: [] });
    assert.deepEqual(differing("a b", ""), { left: [[0, 3]], right: [] });
  });

  it("are not looked for in texts that are too long", () => {
    assert.equal(differing("word ".repeat(5000), "word"), null);
  });

  it("are given up on soon where the texts have nothing in common", () => {
    const words = (seed: number): string => Array.from({ length: 4000 }, (_, at) => `w${seed}x${at}`).join(" ");
    const before = performance.now();
    differing(words(1), words(2));
    assert.ok(performance.now() - before < 1000);
  });
});

describe("stretches in pieces of text", () => {
  it("are cut where a piece ends", () => {
    assert.deepEqual(inPieces([3, 4, 5], [[1, 9]]), [
      { piece: 0, from: 1, to: 3 },
      { piece: 1, from: 0, to: 4 },
      { piece: 2, from: 0, to: 2 },
    ]);
  });

  it("may begin where a piece begins, share a piece, and come in any order", () => {
    assert.deepEqual(
      inPieces(
        [3, 4],
        [
          [5, 7],
          [3, 4],
        ],
      ),
      [
        { piece: 1, from: 0, to: 1 },
        { piece: 1, from: 2, to: 4 },
      ],
    );
  });

  it("end with the text, and skip pieces without a character", () => {
    assert.deepEqual(inPieces([2, 0, 2], [[1, 99]]), [
      { piece: 0, from: 1, to: 2 },
      { piece: 2, from: 0, to: 2 },
    ]);
    assert.deepEqual(inPieces([], [[0, 1]]), []);
  });
});
