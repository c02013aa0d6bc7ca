import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type SharedWords, sharedWords } from "../../../src/core/browse/sharedWords.ts";
import { locateTokens } from "../../../src/core/diversity/locateTokens.ts";
import { fm } from "../../../src/core/diversity/rougeL.ts";
import { type TokenizerMode, tokenizerFor } from "../../../src/core/diversity/tokenize.ts";
import { naiveCommon, naiveScore } from "../../support/naiveRougeL.ts";

const MODES: readonly TokenizerMode[] = ["unicode", "reference"];

/** Texts that make tokenizers stumble: marks that compose, letters that grow in lower case, scripts without spaces. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      "a",
      "b",
      "The",
      "x1",
      "Σ",
      "ΟΔΟΣ",
      "İ",
      "ǅ",
      "K",
      "ﬁ",
      "Å",
      "e\u0301",
      "E\u0301\u0323",
      "\u0301",
      "≠",
      "=\u0338",
    ],
    ...[
      "가",
      "\u1100\u1161\u11a8",
      "각\u11a8",
      "列",
      "出",
      "วั",
      "ＡＢ",
      "１２",
      "é",
      "\u{16d63}\u{16d67}",
      "\ud800",
      "😀",
      "™",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const text = fc
  .array(fc.tuple(piece, fc.constantFrom("", " ", " ", ", ", "\n")), { maxLength: 14 })
  .map((pieces) => pieces.flat().join(""));

function tokensIn(whole: string, stretches: SharedWords["first"], mode: TokenizerMode): number {
  return stretches.reduce((sum, [from, to]) => sum + tokenizerFor(mode).tokenize(whole.slice(from, to)).length, 0);
}

describe("the places of tokens", () => {
  for (const mode of MODES) {
    it(`belong to exactly the tokens that ROUGE-L counts (${mode})`, () => {
      fc.assert(
        fc.property(text, (whole) => {
          const located = locateTokens(whole, mode);
          const tokens = located.map(({ token }) => token);
          assert.deepEqual(tokens, [...tokenizerFor(mode).tokenize(whole)]);
          let end = 0;
          for (const { from, to } of located) {
            assert.ok(from >= 0 && from < to && to <= whole.length, JSON.stringify(located));
            assert.ok(to >= end, JSON.stringify(located));
            end = to;
          }
        }),
        { numRuns: 3000 },
      );
    });
  }

  it("are those of the words as they were written", () => {
    const whole = "Ein CAFE\u0301, İstanbul: 列出 the ΟΔΟΣ.";
    const words = locateTokens(whole, "unicode").map(({ from, to }) => whole.slice(from, to));
    assert.deepEqual(words, ["Ein", "CAFE\u0301", "İstanbul", "列", "出", "the", "ΟΔΟΣ"]);
  });
});

describe("the words that two texts share", () => {
  const words = fc
    .array(fc.constantFrom("a", "b", "c", "the", "列", "é"), { maxLength: 25 })
    .map((all) => all.join(" "));

  it("are as many as ROUGE-L counts, and stand in the stretches of both texts, in order", () => {
    fc.assert(
      fc.property(words, words, fc.constantFrom(...MODES), (a, b, mode) => {
        const shared = sharedWords(a, b, mode);
        const [m, n] = [a, b].map((one) => [...tokenizerFor(mode).tokenize(one)]) as [string[], string[]];
        assert.equal(shared.common, naiveCommon(m, n));
        assert.equal(fm(shared.common, m.length, n.length), naiveScore(m, n));
        assert.equal(tokensIn(a, shared.first, mode), shared.common);
        assert.equal(tokensIn(b, shared.second, mode), shared.common);
        const said = (whole: string, stretches: SharedWords["first"]): string[] =>
          stretches.flatMap(([from, to]) => tokenizerFor(mode).tokenize(whole.slice(from, to)));
        assert.deepEqual(said(a, shared.first), said(b, shared.second));
      }),
      { numRuns: 500 },
    );
  });

  it("that follow one another are one stretch", () => {
    const { first, second } = sharedWords(
      "Name the three  longest rivers.",
      "name two of the three oldest rivers",
      "unicode",
    );
    assert.deepEqual(first, [
      [0, 14],
      [24, 30],
    ]);
    assert.deepEqual(second, [
      [0, 4],
      [12, 21],
      [29, 35],
    ]);
  });

  it("of huge texts are looked for in their beginnings, in a bounded time", () => {
    const huge = (word: string): string => Array.from({ length: 60_000 }, (_, at) => `${word}${at % 977}`).join(" ");
    const began = performance.now();
    const { common } = sharedWords(`x ${huge("a")}`, `y ${huge("a")}`, "unicode");
    assert.ok(common > 500, `${common}`);
    assert.ok(performance.now() - began < 2000);
    assert.equal(sharedWords(huge("a"), huge("b"), "unicode").common, 0);
  });
});
