import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DiversityIndex, type DiversityOptions } from "../../../src/core/diversity/diversityIndex.ts";
import { tokenizerFor } from "../../../src/core/diversity/tokenize.ts";
import { Random } from "../../../src/core/random.ts";
import { naiveBest } from "../../support/naiveRougeL.ts";
import { edited, syntheticTexts, syntheticVocabulary } from "../../support/syntheticTexts.ts";

const DEFAULTS: DiversityOptions = { tokenizer: "unicode", limit: 0.7, boundary: "below" };

function indexOf(texts: readonly string[], options: Partial<DiversityOptions> = {}): DiversityIndex {
  const index = new DiversityIndex({ ...DEFAULTS, ...options });
  index.bulkLoad(texts.map((text, id) => ({ id, text })));
  return index;
}

const words = (count: number, from = 0): string => Array.from({ length: count }, (_, i) => `t${from + i}`).join(" ");

/** Every answer of an index against the table, for one operation after another. */
const operation = fc.record({
  kind: fc.constantFrom("check", "add", "checkAndAdd", "remove", "nearest"),
  text: fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "中", "é"), { maxLength: 14 }),
  target: fc.nat(30),
});

for (const floor of [0, 0.5, 1]) {
  for (const bulk of [false, true]) {
    test(`every answer equals the table's (floor ${floor}, ${bulk ? "bulk loaded" : "from empty"})`, () => {
      const start = fc.array(fc.array(fc.constantFrom("a", "b", "c", "x"), { maxLength: 9 }), {
        maxLength: bulk ? 12 : 0,
      });
      const limit = fc.constantFrom(0.3, 0.5, 2 / 3, 0.7, 1);
      fc.assert(
        fc.property(
          start,
          fc.array(operation, { maxLength: 40 }),
          limit,
          fc.boolean(),
          (first, operations, limit, below) => {
            const known: (string[] | null)[] = [...first];
            const options = { limit, floor, boundary: below ? "below" : "not-above" } as const;
            const index = indexOf(
              first.map((text) => text.join(" ")),
              options,
            );
            for (const { kind, text, target } of operations) {
              const joined = text.join(" ");
              const best = text.length > 0 ? naiveBest(known, text) : wordless(known);
              const accepted = below ? best.score < limit : best.score <= limit;
              const seen = best.score >= Math.min(floor, limit) && best.index >= 0;
              const expected = { accepted, score: seen ? best.score : 0, nearestId: seen ? best.index : null };
              if (kind === "check") {
                assert.deepEqual(index.check(joined), expected);
              } else if (kind === "checkAndAdd") {
                assert.deepEqual(index.checkAndAdd(known.length, joined), expected);
                known.push(accepted ? text : null);
              } else if (kind === "add") {
                index.add(known.length, joined);
                known.push(text);
              } else if (kind === "remove") {
                assert.equal(index.remove(target), Boolean(known[target]));
                known[target] &&= null;
              } else {
                assert.deepEqual(
                  index.nearest(joined, 0.4),
                  best.index >= 0 && best.score >= 0.4 ? { id: best.index, score: best.score } : null,
                );
              }
            }
            assert.equal(index.size, known.filter(Boolean).length);
          },
        ),
        { numRuns: 400 },
      );
    });
  }
}

/** Texts without tokens: the first that is empty as well. */
function wordless(known: readonly (readonly string[] | null)[]): { index: number; score: number } {
  const index = known.findIndex((text) => text?.length === 0);
  return { index, score: index < 0 ? 0 : 1 };
}

test("a synthetic pool: decisions, scores and neighbours of a whole self-filter equal the table's", () => {
  const texts = syntheticTexts(700, "a", 400);
  const { tokenize } = tokenizerFor("unicode");
  for (const boundary of ["below", "not-above"] as const) {
    const index = new DiversityIndex({ ...DEFAULTS, boundary });
    const kept: (readonly string[] | null)[] = [];
    texts.forEach((text, id) => {
      const best = naiveBest(kept, tokenize(text));
      const accepted = boundary === "below" ? best.score < 0.7 : best.score <= 0.7;
      const nearestId = best.index < 0 ? null : best.index;
      assert.deepEqual(index.checkAndAdd(id, text), { accepted, score: best.score, nearestId });
      kept.push(accepted ? tokenize(text) : null);
    });
    assert.equal(index.size, boundary === "below" ? 501 : 503);
  }
});

test("queries around every word boundary of the bit-parallel comparison equal the table's", () => {
  const random = new Random("long");
  const vocabulary = syntheticVocabulary(40);
  const lengths = [30, 31, 32, 33, 61, 62, 63, 64, 65, 124, 200];
  const texts = lengths.flatMap((length) =>
    Array.from({ length: 6 }, () => Array.from({ length }, () => random.pick(vocabulary))),
  );
  const index = indexOf(texts.map((text) => text.join(" ")));
  for (const text of texts) {
    for (const share of [0, 0.1, 0.4, 1]) {
      const query = edited(text, share, random, vocabulary);
      const best = naiveBest(texts, query);
      assert.deepEqual(index.nearest(query.join(" ")), query.length > 0 ? { id: best.index, score: best.score } : null);
    }
  }
});

test("the boundary decides on a score of exactly the limit, with the reference's rounding", () => {
  const pair = (common: number, m: number, n: number): [string, string] => [
    `${words(common)} ${words(m - common, 1000)}`,
    `${words(common)} ${words(n - common, 2000)}`,
  ];
  const accepts = (boundary: "below" | "not-above", [known, asked]: [string, string]): boolean =>
    indexOf([known], { boundary }).check(asked).accepted;
  assert.deepEqual([accepts("below", pair(7, 10, 10)), accepts("not-above", pair(7, 10, 10))], [false, true]);
  assert.deepEqual([accepts("below", pair(7, 9, 11)), accepts("not-above", pair(7, 9, 11))], [false, false]);
  assert.deepEqual([accepts("below", pair(21, 23, 37)), accepts("not-above", pair(21, 23, 37))], [true, true]);
});

test("order matters: rotated and reversed texts are other texts", () => {
  const text = words(12).split(" ");
  const index = indexOf([text.join(" ")]);
  assert.equal(index.check([...text.slice(6), ...text.slice(0, 6)].join(" ")).accepted, true);
  assert.equal(index.check([...text].reverse().join(" ")).accepted, true);
  assert.deepEqual(index.check(text.join(" ").toUpperCase()), { accepted: false, score: 1, nearestId: 0 });
});

test("empty texts and texts of symbols are refused as exact copies only; unknown words are near nothing", () => {
  const index = indexOf(["???", "list three fruits"]);
  assert.deepEqual(index.check("???"), { accepted: false, score: 1, nearestId: 0 });
  assert.deepEqual(index.check("!!!"), { accepted: true, score: 0, nearestId: null });
  assert.deepEqual(index.check(""), { accepted: true, score: 0, nearestId: null });
  assert.deepEqual(index.check("zebra crossings shimmer"), { accepted: true, score: 0, nearestId: null });
  assert.equal(index.nearest("zebra crossings shimmer"), null);
  assert.equal(index.checkAndAdd(7, "").accepted, true);
  assert.equal(index.checkAndAdd(8, "").nearestId, 7);
  assert.equal(index.remove(7), true);
  assert.equal(index.checkAndAdd(8, "").accepted, true);
});

test("the reference mode knows no exact copies of texts without tokens, as the reference does not", () => {
  const index = indexOf(["列出三种水果"], { tokenizer: "reference" });
  assert.deepEqual(index.check("列出三种水果"), { accepted: true, score: 0, nearestId: null });
});

test("of equally similar texts the one added first is named, after removal the next", () => {
  const index = indexOf(["red green blue", "other words here", "red green blue"]);
  index.add(99, "red green blue");
  assert.equal(index.check("red green blue").nearestId, 0);
  index.remove(0);
  assert.equal(index.check("red green blue").nearestId, 2);
  index.add(0, "red green blue");
  assert.equal(index.check("red green blue").nearestId, 2);
  index.remove(2);
  assert.equal(index.check("red green blue").nearestId, 99);
});

test("an id is in the index once at most, and a load that fails keeps what came before", () => {
  const index = new DiversityIndex(DEFAULTS);
  const twice = [
    { id: 1, text: "one two three" },
    { id: 2, text: "four five six" },
    { id: 1, text: "seven eight nine" },
  ];
  assert.throws(() => index.bulkLoad(twice), RangeError);
  assert.throws(() => index.add(2, "anything"), RangeError);
  assert.throws(() => index.checkAndAdd(2, "anything"), RangeError);
  assert.equal(index.size, 2);
  assert.equal(index.check("four five six").nearestId, 2);
  index.bulkLoad([{ id: 3, text: "seven eight nine" }]);
  assert.equal(index.check("seven eight nine").nearestId, 3);
});

test("very long texts are compared like short ones", () => {
  const random = new Random("very long");
  const long = Array.from({ length: 70_000 }, () => `w${random.below(5000)}`).join(" ");
  const index = indexOf(["short text here", long]);
  index.add(2, "another short text");
  assert.deepEqual(index.nearest("another short text"), { id: 2, score: 1 });
  assert.equal(index.nearest(long.slice(0, 2000))?.id, 1);
  assert.deepEqual(index.check(long), { accepted: false, score: 1, nearestId: 1 });
});
