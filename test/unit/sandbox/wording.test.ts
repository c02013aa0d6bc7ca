import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../../src/core/random.ts";
import { FAMILIES } from "../../../src/core/sandbox/families/catalogue.ts";
import { drawTask, OracleTasks } from "../../../src/core/sandbox/families/draw.ts";
import { render } from "../../../src/core/sandbox/families/wording.ts";
import { Oracle } from "../../../src/core/sandbox/oracle.ts";
import { ask, sandboxConfig } from "./support.ts";

const LIMIT = 0.7;
const POOL = 16_000;
const CANDIDATES_PER_LEVEL = 80;

/** Texts by their number of words, and whether a text scores 0.7 or more (ROUGE-L) against any of them. */
class NearTexts {
  readonly #ids = new Map<string, number>();
  readonly #byLength = new Map<number, number[][]>();

  add(text: string): void {
    const words = this.#words(text);
    const group = this.#byLength.get(words.length) ?? [];
    group.push(words);
    this.#byLength.set(words.length, group);
  }

  hasNear(text: string): boolean {
    const words = this.#words(text);
    const positions = new Map<number, number>();
    for (const [i, word] of words.entries()) {
      positions.set(word, (positions.get(word) ?? 0) | (1 << i));
    }
    for (const [length, group] of this.#byLength) {
      const needed = (LIMIT / 2) * (length + words.length) - 1e-9;
      if (
        Math.min(length, words.length) >= needed &&
        group.some((other) => common(positions, words.length, other) >= needed)
      ) {
        return true;
      }
    }
    return false;
  }

  #words(text: string): number[] {
    return (text.toLowerCase().match(/[a-z0-9]+/gu) ?? []).map((word) => {
      const id = this.#ids.get(word) ?? this.#ids.size;
      this.#ids.set(word, id);
      return id;
    });
  }
}

/** The length of the longest common subsequence, a bit for each of at most 31 words (Hyyrö 2004). */
function common(positions: ReadonlyMap<number, number>, length: number, other: readonly number[]): number {
  let row = -1;
  for (const word of other) {
    const matches = row & (positions.get(word) ?? 0);
    row = (row + matches) | (row - matches);
  }
  let ones = 0;
  for (let i = 0; i < length; i++) {
    ones += ((row >>> i) & 1) ^ 1;
  }
  return ones;
}

describe("the wording of the tasks", () => {
  it("lets at least 60 % of the candidates of every level through the ROUGE-L limit against 16,000", (context) => {
    const near = new NearTexts();
    for (const { instruction } of new OracleTasks({ seed: 1, maxLevel: 8 }).pool(POOL)) {
      near.add(instruction);
    }
    const generator = new Oracle(sandboxConfig({ malformed: 0 }));
    const random = new Random("parents");
    const shares = Array.from({ length: 8 }, (_, i) => {
      let accepted = 0;
      for (let draw = 0; draw < CANDIDATES_PER_LEVEL; draw++) {
        const parent = render(drawTask(random.pick(FAMILIES), i + 1, random), random);
        const wish = draw % 2 === 0 ? "Write a new task of this kind." : "Write a rarer task of this domain.";
        const request = ask("oracle-generator", `${wish}\n<parent>\n${parent}\n</parent>`, { seed: draw });
        const candidate = generator.reply("generator", request).content;
        if (!near.hasNear(candidate)) {
          accepted++;
          near.add(candidate);
        }
      }
      return accepted / CANDIDATES_PER_LEVEL;
    });
    context.diagnostic(`accepted by the parent's level: ${shares.map((share) => share.toFixed(2)).join(" ")}`);
    assert.ok(
      shares.every((share) => share >= 0.6),
      shares.join(" "),
    );
  });

  it("would be refused by that check when repeated", () => {
    const near = new NearTexts();
    near.add("amber kettle Sort these digits: 4 1 3 2 pine mosaic");
    assert.ok(near.hasNear("amber kettle Sort these digits: 4 1 3 2 pine mosaic"));
    assert.ok(near.hasNear("amber kettle Sort these digits: 4 1 3 2 pine olive"));
    assert.ok(near.hasNear("wool zinc Sort these digits: 4 1 3 2 pine olive"));
    assert.ok(!near.hasNear("wool zinc Sort these digits: 4 1 3 2 jade olive"));
    assert.ok(!near.hasNear("wool zinc Copy the letters here: A B C D jade olive"));
  });
});
