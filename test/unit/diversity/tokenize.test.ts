import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tokenizerFor } from "../../../src/core/diversity/tokenize.ts";

const reference = tokenizerFor("reference").tokenize;
const unicode = tokenizerFor("unicode").tokenize;

/** The reference's own steps, character by character. */
function rougeScoreTokens(text: string): string[] {
  const spaced = [...text.toLowerCase()].map((character) =>
    (character >= "a" && character <= "z") || (character >= "0" && character <= "9") ? character : " ",
  );
  return spaced.join("").split(" ").filter(Boolean);
}

test("both tokenizers equal the reference on ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 60 }), (text) => {
      const expected = rougeScoreTokens(text);
      assert.deepEqual([...reference(text)], expected);
      assert.deepEqual([...unicode(text)], expected);
    }),
    { numRuns: 2000 },
  );
});

test("the reference tokenizer equals the reference on every code point", () => {
  for (let point = 0; point <= 0x10ffff; point++) {
    const text = `a${String.fromCodePoint(point)}b`;
    if (reference(text).join(" ") !== rougeScoreTokens(text).join(" ")) {
      assert.fail(`U+${point.toString(16)}`);
    }
  }
});

const cases: ReadonlyArray<readonly [text: string, unicode: string[], reference: string[]]> = [
  ["Café crème", ["café", "crème"], ["caf", "cr", "me"]],
  ["Cafe\u0301", ["café"], ["cafe"]],
  ["列出5个城市", ["列", "出", "5", "个", "城", "市"], ["5"]],
  ["ひらがな カタカナ", ["ひ", "ら", "が", "な", "カ", "タ", "カ", "ナ"], []],
  ["한국어 문장", ["한국어", "문장"], []],
  ["Привет, мир!", ["привет", "мир"], []],
  ["हिन्दी भाषा", ["हिन्दी", "भाषा"], []],
  ["สวัสดี", ["ส", "วั", "ส", "ดี"], []],
  ["it’s “quoted” — Acme™ ©", ["it", "s", "quoted", "acme"], ["it", "s", "quoted", "acme"]],
  ["ＡＢＣ １２", ["abc", "12"], []],
  ["ﬁne", ["fine"], ["ne"]],
  ["K (kelvin: \u212a)", ["k", "kelvin", "k"], ["k", "kelvin", "k"]],
  ["😀 ??? …", [], []],
  ["lone \ud800 surrogate", ["lone", "surrogate"], ["lone", "surrogate"]],
  ["", [], []],
];

for (const [text, expected, asReference] of cases) {
  test(`tokens of ${JSON.stringify(text)}`, () => {
    assert.deepEqual([...unicode(text)], expected);
    assert.deepEqual([...reference(text)], asReference);
  });
}

test("each tokenizer has a version of its own", () => {
  assert.notEqual(tokenizerFor("unicode").version, tokenizerFor("reference").version);
});
