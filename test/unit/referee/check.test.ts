import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { LionError } from "../../../src/core/errors.ts";
import { checkReviews } from "../../../src/core/referee/check.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const data = process.env.LION_DATA ?? join(repository, "..", "shared", "data");
const published = join(data, "vicuna80", "review_gpt35_vicuna-13b-20230322-new-hp-fp16.jsonl");

const line = (text: string, score: readonly [number, number]): string =>
  JSON.stringify({ question_id: 1, text, score });

describe("checkReviews", () => {
  it("compares what it reads with what is stored", () => {
    const reviews = [
      line("9 7.5\nAssistant 1 was better.", [9, 7.5]),
      line("Scores:\nAssistant 1: 8\nAssistant 2: 8\n\nBoth are fine.", [8, 8]),
      line("8 9\nAssistant 2 was better.", [9, 8]),
      line("I would rather not say.", [8, 8]),
    ];
    assert.deepEqual(checkReviews(`\ufeff${reviews.join("\r\n")}\r\n\r\n`), {
      reviews: 4,
      parsed: 3,
      agreeing: 2,
      relativeScore: 98,
      hard: { "0": 2, "0.5": 1, "1": 1, "1.5": 1, "2": 0, "3": 0 },
    });
  });

  it("has no relative score without scores", () => {
    assert.equal(checkReviews(line("None.", [1, 1])).relativeScore, null);
  });

  const refusals: ReadonlyArray<readonly [string, string, RegExp]> = [
    ["broken JSON", `${line("8 9", [8, 9])}\n{"text": `, /^Line 2 of reviews\.jsonl is not JSON/u],
    [
      "a row of another kind",
      `\n${JSON.stringify({ instruction: "Say hello." })}`,
      /^Line 2 of reviews\.jsonl is no review/u,
    ],
    ["one stored score", JSON.stringify({ text: "8", score: [8] }), /^Line 1 of reviews\.jsonl is no review/u],
    ["nothing", "\n \n", /^There is no review in reviews\.jsonl/u],
  ];
  for (const [name, text, message] of refusals) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => checkReviews(text, "reviews.jsonl"),
        (error) => error instanceof LionError && error.kind === "input" && message.test(error.message),
      );
    });
  }

  it("recovers all scores of the published reviews of GPT-3.5 and Vicuna-13B", (t) => {
    if (!existsSync(published)) {
      t.skip(`${published} is not there (LION_DATA names the folder)`);
      return;
    }
    assert.deepEqual(checkReviews(readFileSync(published, "utf8")), {
      reviews: 80,
      parsed: 80,
      agreeing: 80,
      relativeScore: 92.6,
      hard: { "0": 58, "0.5": 42, "1": 24, "1.5": 17, "2": 17, "3": 9 },
    });
  });
});
