import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseScores } from "../../../src/core/referee/parse.ts";
import { ENDINGS } from "./endings.ts";

function scoresOf(reply: string): readonly [number, number] | null {
  const parsed = parseScores(reply);
  return "unparsed" in parsed ? null : [parsed.first, parsed.second];
}

const EXPLANATION = "Assistant 1 explains 3 of 5 steps.\nAssistant 2 finds x = 10, which is wrong; it should be 7.";

describe("parseScores", () => {
  for (const [group, endings] of ENDINGS) {
    describe(group, () => {
      for (const [name, reply, scores] of endings) {
        it(name, () => {
          assert.deepEqual(scoresOf(reply), scores);
        });
        if (!isPositional(reply)) {
          it(`${name}, behind an explanation`, () => {
            assert.deepEqual(scoresOf(`${EXPLANATION}\n\n${reply}`), scores);
          });
        }
      }
    });
  }

  it("says why there are no scores", () => {
    assert.deepEqual(parseScores("Score of Assistant 1: 8"), { unparsed: "No score is tied to Assistant 2." });
    assert.deepEqual(parseScores("Score of Assistant 1: 85\nScore of Assistant 2: 6"), {
      unparsed: "What stands as the score of Assistant 1 is no single number from 1 to 10.",
    });
    assert.deepEqual(parseScores("8 6\nScore of Assistant 1: 7\nScore of Assistant 2: 6"), {
      unparsed: "The reply gives Assistant 1 more than one score: 8, 7.",
    });
  });

  const score = fc.integer({ min: 2, max: 20 }).map((halves) => halves / 2);
  /** Pieces of replies in any order: the parser has to survive them, and to stay within the scale. */
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom(
      "Assistant 1",
      "Assistant 2",
      "Score of ",
      ": ",
      "\n",
      "8",
      "85",
      "/10",
      "(",
      ")",
      ", ",
      "**",
      "|",
      "|---|",
      "{",
      '"',
      "}",
    ),
    fc.constantFrom(
      "a score of ",
      " and ",
      "助手1",
      "Scores:\n",
      "```",
      "Accuracy",
      "-",
      " to ",
      "<",
      ">",
      "both assistants receive ",
    ),
  );

  it("never throws and never leaves the scale", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const parsed = parseScores(pieces.join(""));
        if (!("unparsed" in parsed)) {
          assert.ok(parsed.first >= 1 && parsed.first <= 10 && parsed.second >= 1 && parsed.second <= 10);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("changes sides with the labels, in every form", () => {
    const forms: ReadonlyArray<(one: string, a: number, other: string, b: number) => string> = [
      (one, a, other, b) => `Score of ${one}: ${a}\nScore of ${other}: ${b}`,
      (one, a, other, b) => `${one}: ${a}/10\n\n${other}: ${b}/10\nThat is all.`,
      (one, a, other, b) => `${one}'s score: ${a}, ${other}'s score: ${b}`,
      (one, a, other, b) => `I would give ${one} a score of ${a} and ${other} a score of ${b}.`,
      (one, a, other, b) => `The scores for ${one} and ${other} are ${a} and ${b}, respectively.`,
      (one, a, other, b) => `| | ${one} | ${other} |\n|---|---|---|\n| Overall | ${a} | ${b} |`,
      (one, a, other, b) => JSON.stringify({ [one]: a, [other]: b }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...forms), score, score, (form, a, b) => {
        assert.deepEqual(scoresOf(form("Assistant 1", a, "Assistant 2", b)), [a, b]);
        assert.deepEqual(scoresOf(form("Assistant 2", b, "Assistant 1", a)), [a, b]);
      }),
    );
  });

  it("keeps to the scale whatever the number is", () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 200 }), (number) => {
        const expected = number >= 1 && number <= 10 ? [number, 5] : null;
        assert.deepEqual(scoresOf(`Score of Assistant 1: ${number}\nScore of Assistant 2: 5`), expected);
        assert.deepEqual(scoresOf(`Assistant 1: ${number}\nAssistant 2: 5`), expected);
        assert.deepEqual(scoresOf(`(${number}, 5)`), expected);
        assert.deepEqual(scoresOf(`${number} 5\nBoth are fine.`), expected);
      }),
    );
  });

  it("reads a long hostile reply in little time", () => {
    const started = performance.now();
    for (const part of [
      "Assistant 1 ",
      "{",
      '"',
      "a score of ",
      "(",
      "<think>",
      "| ",
      "~~",
      "Scores ",
      "8 ",
      "```\n",
      "the the ",
      "$",
      "[[",
    ]) {
      parseScores(part.repeat(Math.ceil(40_000 / part.length)));
    }
    assert.ok(performance.now() - started < 5000);
  });
});

/** Whether it matters to the reply that nothing stands before it. */
function isPositional(reply: string): boolean {
  return /^\s*\**\d/u.test(reply) || reply === "";
}
