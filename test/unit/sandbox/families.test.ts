import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LionError } from "../../../src/core/errors.ts";
import { Random } from "../../../src/core/random.ts";
import { CARRIERS } from "../../../src/core/sandbox/families/carriers.ts";
import { answerTo, FAMILIES, familiesNamed, familyNamed } from "../../../src/core/sandbox/families/catalogue.ts";
import { drawTask, identitiesOf, OracleTasks } from "../../../src/core/sandbox/families/draw.ts";
import { parseTask, render } from "../../../src/core/sandbox/families/wording.ts";

const anyTask = fc
  .record({ family: fc.constantFrom(...FAMILIES), level: fc.integer({ min: 1, max: 8 }), seed: fc.string() })
  .map(({ family, level, seed }) => {
    const random = new Random(seed);
    return { task: drawTask(family, level, random), random };
  });

const KNOWN: readonly [instruction: string, answer: string, level: number][] = [
  ["Copy these letters: A B C", "A B C", 2],
  ["Write the letters backwards: A B C D", "D C B A", 3],
  ["Shift every letter once: A I J", "B J A", 2],
  ["Keep each letter once: A B A C B", "A B C", 4],
  ["Double every letter: H A", "H H A A", 2],
  ["Sort these digits: 9 0 3 3", "0 3 3 9", 3],
  ["Which digit is greatest: 1 7 4", "7", 2],
  ["Find the smallest digit: 5 2 4", "2", 2],
  ["Count the even digits: 0 1 2 3 4", "3", 4],
  ["Swap the neighbouring letters: A B C D E", "B A D C E", 4],
  ["Take every second letter: A B C D E", "B D", 4],
  ["Replace A with J: A B A", "J B J", 2],
  ["Add the two numbers: 3 4 + 5 6", "9 0", 3],
  ["What is the sum: 9 9 + 1", "1 0 0", 4],
  ["Work out the total: 2 + 3", "5", 1],
  ["Work out the total: 9 + 9", "1 8", 2],
  ["Is the sum even: 1 2 3", "even", 2],
  ["Parity of the total: 1 2", "odd", 1],
];

describe("the task families", () => {
  it("answer what one can check by hand", () => {
    for (const [instruction, answer, level] of KNOWN) {
      const task = parseTask(`amber kettle ${instruction} pine mosaic`);
      assert.ok(task, instruction);
      assert.equal(answerTo(task), answer, instruction);
      assert.equal(task.level, level, instruction);
    }
    assert.equal(new Set(KNOWN.map(([text]) => parseTask(text)?.family)).size, FAMILIES.length);
  });

  it("are read back from every wording at every level", () => {
    fc.assert(
      fc.property(anyTask, ({ task, random }) => {
        const text = render(task, random);
        assert.deepEqual(parseTask(text), task);
        assert.deepEqual(parseTask(`\n  ${text.replaceAll(" ", "  ")}.\n`), task);
      }),
      { numRuns: 2000 },
    );
  });

  it("are read whatever words stand around the task", () => {
    const task = parseTask("Please, if you can, reverse these letters: A B C. Thank you!");
    assert.deepEqual(task, { family: "reverse", level: 2, symbols: ["A", "B", "C"], slots: [] });
  });

  it("have payloads of the sizes of their levels", () => {
    const size = (name: string, level: number): number =>
      drawTask(familyNamed(name), level, new Random("x")).symbols.length;
    assert.deepEqual(
      [1, 4, 8].map((level) => size("copy", level)),
      [2, 5, 9],
    );
    assert.deepEqual(
      [1, 4, 8].map((level) => size("double", level)),
      [1, 4, 8],
    );
    assert.deepEqual(
      [1, 4, 8].map((level) => size("max", level)),
      [2, 5, 9],
    );
    assert.deepEqual(
      [1, 2, 3, 8].map((level) => size("add", level)),
      [3, 3, 5, 9],
    );
  });

  it("answer in single symbols with a space between them", () => {
    fc.assert(
      fc.property(anyTask, ({ task }) => assert.match(answerTo(task), /^(?:[A-J0-9](?: [A-J0-9])*|even|odd)$/u)),
    );
  });

  it("keep to their wording's rules", () => {
    assert.equal(new Set(CARRIERS).size, 300);
    for (const family of FAMILIES) {
      assert.ok(family.frames.length >= 3 && family.frames.length <= 4, family.name);
      for (const frame of family.frames) {
        const words = frame.toLowerCase().replace(":", "").split(" ");
        assert.ok(words.length >= 3 && words.length <= 5, frame);
        assert.ok(!words.some((word) => CARRIERS.includes(word)), frame);
        assert.doesNotMatch(frame, /rare|long.tail|less common/iu);
      }
    }
    assert.equal(new Set(FAMILIES.flatMap((family) => family.frames)).size, FAMILIES.flatMap((f) => f.frames).length);
  });

  it("are not seen in texts without a task, hostile ones included", () => {
    for (const text of [
      "",
      " ",
      "Copy these letters:",
      "Copy these letters: a b",
      "Reverse these letters: 1 2 3",
      "Add the two numbers: 1 + + 2",
      "Add the two numbers: + 1",
      "Replace A with: A B",
      "constructor __proto__ toString",
      `Copy these letters: ${"A ".repeat(100_000)}`,
      "Replace ".repeat(20_000),
      "\u0000\uD800 Sort",
    ]) {
      assert.equal(parseTask(text), null, text.slice(0, 40));
    }
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseTask(text)));
  });

  it("can be restricted, and an unknown name is refused", () => {
    assert.deepEqual(
      familiesNamed(["sort", "copy", "sort"]).map(({ name }) => name),
      ["sort", "copy"],
    );
    assert.throws(
      () => familiesNamed(["cpoy"]),
      (error) => error instanceof LionError && /"cpoy"/u.test(error.message),
    );
  });
});

describe("OracleTasks", () => {
  const tasks = new OracleTasks({ seed: 7, maxLevel: 8 });
  const pool = tasks.pool(6000);

  it("draws a long-tailed pool of distinct texts", () => {
    assert.equal(new Set(pool.map(({ instruction }) => instruction)).size, 6000);
    const share = (of: (tags: (typeof pool)[number]["tags"]) => boolean): number =>
      pool.filter(({ tags }) => of(tags)).length / pool.length;
    const harmonic = FAMILIES.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
    assert.ok(Math.abs(share(({ family }) => family === "copy") - 1 / harmonic) < 0.03);
    assert.ok(Math.abs(share(({ family }) => family === "shift") - 1 / 3 / harmonic) < 0.03);
    assert.ok(Math.abs(share(({ level }) => level === 1) - 0.4 / (1 - 0.6 ** 8)) < 0.03);
    assert.ok(Math.abs(share(({ level }) => level === 4) - 0.0864 / (1 - 0.6 ** 8)) < 0.02);
  });

  it("repeats no task from level 3 on while there are others", () => {
    const identities = pool
      .filter(({ tags }) => tags.level >= 3)
      .map(({ instruction }) => [...identitiesOf([instruction])][0]);
    assert.equal(new Set(identities).size, identities.length);
  });

  it("gives the right output and tags with each instruction", () => {
    for (const { instruction, output, tags } of pool.slice(0, 500)) {
      const task = parseTask(instruction);
      assert.ok(task);
      assert.equal(answerTo(task), output);
      assert.deepEqual(tags, { family: task.family, level: task.level });
    }
  });

  it("draws a test set apart from the pool", () => {
    const exclude = identitiesOf(pool.map(({ instruction }) => instruction));
    const test = tasks.testSet(5, exclude);
    assert.equal(test.length, FAMILIES.length * 8 * 5);
    assert.equal(new Set(test.map(({ instruction }) => instruction)).size, test.length);
    for (const { instruction, tags } of test) {
      assert.ok(tags.level < 3 || !exclude.has([...identitiesOf([instruction])][0] ?? ""), instruction);
    }
  });

  it("depends on its seed alone", () => {
    assert.deepEqual(new OracleTasks({ seed: 7, maxLevel: 8 }).pool(100), pool.slice(0, 100));
    assert.notDeepEqual(new OracleTasks({ seed: 8, maxLevel: 8 }).pool(100), pool.slice(0, 100));
  });

  it("keeps to the families and levels in use", () => {
    const few = new OracleTasks({ seed: 1, maxLevel: 3, families: ["sort", "copy"] });
    const tags = few.pool(400).map((item) => item.tags);
    assert.deepEqual(new Set(tags.map(({ family }) => family)), new Set(["sort", "copy"]));
    assert.deepEqual(new Set(tags.map(({ level }) => level)), new Set([1, 2, 3]));
    assert.ok(tags.filter(({ family }) => family === "sort").length > 220);
    assert.equal(few.testSet(2, new Set()).length, 12);
  });

  it("says so when a family has no further tasks", () => {
    const letters = [..."ABCDEFGHIJ"];
    const all = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => `double||${a}${b}${c}`)));
    const double = new OracleTasks({ seed: 1, maxLevel: 3, families: ["double"] });
    assert.throws(() => double.testSet(1, new Set(all)), /no further "double" task of level 3/u);
  });
});
