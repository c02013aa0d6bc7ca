// How quick the diversity index is, and how much quicker than the table that the published scripts fill for every pair.
// Run: node test/bench/diversity.bench.ts   (LION_DATA: the folder with alpaca_52k.jsonl.gz; made-up texts without it)
// Fails when the index is less than 2,000 times as quick as the table: a ratio, since microseconds depend on the machine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DiversityIndex } from "../../src/core/diversity/diversityIndex.ts";
import { tokenizerFor } from "../../src/core/diversity/tokenize.ts";
import { Random } from "../../src/core/random.ts";
import { naiveBest } from "../support/naiveRougeL.ts";
import { dataFolder, missing } from "../support/realData.ts";
import { edited, syntheticTexts } from "../support/syntheticTexts.ts";

const REQUIRED_RATIO = 2000;
const OPTIONS = { tokenizer: "unicode", limit: 0.7, boundary: "below" } as const;
const FILE = "alpaca_52k.jsonl.gz";
const NAIVE_QUERIES = 10;

function readTexts(): string[] {
  const reason = missing(FILE);
  if (reason) {
    console.log(`Made-up texts: ${reason}.`);
    return syntheticTexts(52_002, "bench", 20_000);
  }
  const lines = gunzipSync(readFileSync(join(dataFolder, FILE)))
    .toString()
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line).instruction);
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** Prints the quantiles in microseconds and returns the median. */
function report(name: string, samples: readonly number[]): number {
  const sorted = samples.map((ms) => ms * 1000).sort((a, b) => a - b);
  const figures = [0.5, 0.95, 0.99, 1].map((share) => quantile(sorted, share).toFixed(1).padStart(9));
  console.log(`${name.padEnd(58)} ${figures.join(" ")}`);
  return quantile(sorted, 0.5);
}

function loaded(texts: readonly string[], floor: number): DiversityIndex {
  const index = new DiversityIndex({ ...OPTIONS, floor });
  index.bulkLoad(texts.map((text, id) => ({ id, text })));
  return index;
}

/** The second of two passes over the queries: the first warms the compiler up. */
function timed(queries: readonly string[], ask: (text: string) => unknown): number[] {
  for (const query of queries) {
    ask(query);
  }
  return queries.map((query) => milliseconds(() => ask(query)));
}

const texts = readTexts();
const shuffled = new Random("held out").shuffle(texts);
const heldOut = shuffled.slice(0, 1000);
const pool = shuffled.slice(1000);
const random = new Random("edits");
const words = pool.slice(0, 5000).flatMap((text) => text.split(" "));
const near = pool.slice(0, 1000).map((text) => edited(text.split(" "), 0.2, random, words).join(" "));
const long = Array.from({ length: 300 }, () =>
  Array.from({ length: 14 }, () => random.pick(heldOut))
    .join(" ")
    .split(" ")
    .slice(0, 150)
    .join(" "),
);

console.log(`Node ${process.version}, ${pool.length} texts\n`);
console.log(`bulk load: ${milliseconds(() => loaded(pool, 0)).toFixed(0)} ms`);
for (const floor of [OPTIONS.limit, 0]) {
  const index = new DiversityIndex({ ...OPTIONS, floor });
  const elapsed = milliseconds(() => {
    for (const [id, text] of texts.entries()) {
      index.checkAndAdd(id, text);
    }
  });
  console.log(
    `self-filter from empty, checkAndAdd of ${texts.length}, floor ${floor}: ${elapsed.toFixed(0)} ms, ${texts.length - index.size} refused`,
  );
}

console.log(
  `\n${"microseconds a text".padEnd(58)} ${["median", "p95", "p99", "most"].map((name) => name.padStart(9)).join(" ")}`,
);
const decisions = loaded(pool, OPTIONS.limit);
const median = report(
  "check, decision only, held-out texts",
  timed(heldOut, (text) => decisions.check(text)),
);
report(
  "check, decision only, edited copies",
  timed(near, (text) => decisions.check(text)),
);
report(
  "check, decision only, 150 words",
  timed(long, (text) => decisions.check(text)),
);
const full = loaded(pool, 0);
report(
  "check with nearest neighbour, held-out texts",
  timed(heldOut, (text) => full.check(text)),
);
report(
  "check with nearest neighbour, edited copies",
  timed(near, (text) => full.check(text)),
);
report(
  "check with nearest neighbour, 150 words",
  timed(long, (text) => full.check(text)),
);
const answers = heldOut.slice(0, NAIVE_QUERIES).map((text) => full.check(text));
const added = heldOut.map((text, at) => milliseconds(() => full.add(texts.length + at, text)));
report("add", added);

const larger = loaded(
  [...pool, ...pool.slice(0, 19_000).map((text) => edited(text.split(" "), 0.4, random, words).join(" "))],
  0,
);
report(
  `with nearest neighbour at ${larger.size} texts, held-out`,
  timed(heldOut, (text) => larger.check(text)),
);
report(
  `with nearest neighbour at ${larger.size} texts, 150 words`,
  timed(long, (text) => larger.check(text)),
);

const { tokenize } = tokenizerFor(OPTIONS.tokenizer);
const tokenized = pool.map(tokenize);
let differences = 0;
const naive = answers.map((answer, at) =>
  milliseconds(() => {
    const best = naiveBest(tokenized, tokenize(heldOut[at] as string));
    differences += answer.score === best.score && answer.nearestId === best.index ? 0 : 1;
  }),
);
const ratio = report(`the table for every pair (${NAIVE_QUERIES} held-out texts)`, naive) / median;
console.log(
  `\n${Math.round(ratio).toLocaleString("en")} times as quick as the table (required: ${REQUIRED_RATIO.toLocaleString("en")}); ${differences} answers differ.`,
);
process.exitCode = ratio >= REQUIRED_RATIO && differences === 0 ? 0 : 1;
