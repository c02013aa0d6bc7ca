import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { DiversityIndex, type DiversityOptions } from "../../../src/core/diversity/diversityIndex.ts";
import { dataFolder, missing } from "../../support/realData.ts";

const ALPACA = "alpaca_52k.jsonl.gz";
const CHINESE = "instructions_zh.json.gz";

function alpaca(): string[] {
  const lines = gunzipSync(readFileSync(join(dataFolder, ALPACA)))
    .toString()
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line).instruction);
}

function chinese(): string[] {
  return JSON.parse(gunzipSync(readFileSync(join(dataFolder, CHINESE))).toString());
}

/** How many texts are refused when each is checked against those kept before it. */
function refusals(texts: readonly string[], options: Omit<DiversityOptions, "limit" | "floor">): number {
  const index = new DiversityIndex({ ...options, limit: 0.7, floor: 1 });
  return texts.filter((text, id) => !index.checkAndAdd(id, text).accepted).length;
}

/** From another implementation of rouge_score's functions, which compares each text with all those kept before it. */
const golden = [
  { name: "Alpaca", file: ALPACA, read: alpaca, tokenizer: "reference", above: 0, from: 805 },
  { name: "Alpaca", file: ALPACA, read: alpaca, tokenizer: "unicode", above: 6, from: 811 },
  { name: "Chinese instructions", file: CHINESE, read: chinese, tokenizer: "reference", above: 1458, from: 1464 },
  { name: "Chinese instructions", file: CHINESE, read: chinese, tokenizer: "unicode", above: 1136, from: 1167 },
] as const;

for (const { name, file, read, tokenizer, above, from } of golden) {
  test(`${name}, ${tokenizer} tokens: ${above} refused above 0.7, ${from} from 0.7`, { skip: missing(file) }, () => {
    const texts = read();
    assert.equal(refusals(texts, { tokenizer, boundary: "not-above" }), above);
    assert.equal(refusals(texts, { tokenizer, boundary: "below" }), from);
  });
}
