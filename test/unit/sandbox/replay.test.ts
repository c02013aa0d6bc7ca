import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { LionError } from "../../../src/core/errors.ts";
import { Random } from "../../../src/core/random.ts";
import { CARRIERS } from "../../../src/core/sandbox/families/carriers.ts";
import { type RecordedRow, Recording } from "../../../src/core/sandbox/recording.ts";
import { isCorrupted, REPLAY_HOLDOUT_FROM, Replay } from "../../../src/core/sandbox/replay.ts";
import { ask, compare, sandboxConfig, scoresIn } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "lion-replay-"));
after(() => rmSync(folder, { recursive: true }));

const random = new Random("replay set");
const words = (count: number): string => Array.from({ length: count }, () => random.pick(CARRIERS)).join(" ");

/** A made-up set: some rows with an input, answers from one word to a page, some with code or without words. */
const ROWS: RecordedRow[] = [
  ...Array.from({ length: 396 }, (_, i) => ({
    instruction: `Describe number ${i}: ${words(4)}.`,
    input: i % 3 === 0 ? words(6) : "",
    output: `${words(1 + (i % 40))}.`,
  })),
  { instruction: "Is it?", input: "", output: "Yes" },
  { instruction: "Sum 1 and 1.", input: "", output: "2" },
  { instruction: "Loop.", input: "", output: "```\nfor (;;) {\n  x += 1;\n}\n```" },
  { instruction: "翻译：猫在垫子上睡觉", input: "", output: "猫在垫子上睡觉，狗在外面跑。" },
];

const config = sandboxConfig({ mind: "replay", set: "unused", malformed: 0 });
const replay = new Replay(config, new Recording(ROWS));
const question = ({ instruction, input }: RecordedRow): string =>
  input === "" ? instruction : `${instruction}\n\n${input}`;
const say = (role: Parameters<Replay["reply"]>[0], content: string, more = {}): string =>
  replay.reply(role, ask(`replay-${role}`, content, more)).content;

/** The gap between the recorded and the student's answer over both orders; null when scores were unreadable. */
function gapOf(row: RecordedRow, mind = replay): number | null {
  const text = question(row);
  const teacher = mind.reply("teacher", ask("replay-teacher", text)).content;
  const student = mind.reply("student", ask("replay-student", text)).content;
  const forward = scoresIn(mind.reply("referee", ask("replay-referee", compare(text, teacher, student))).content);
  const swapped = scoresIn(mind.reply("referee", ask("replay-referee", compare(text, student, teacher))).content);
  return forward && swapped && (forward[0] + swapped[1] - forward[1] - swapped[0]) / 2;
}

describe("the replay", () => {
  it("answers with the recorded output, whatever the white space", () => {
    for (const row of ROWS) {
      assert.equal(say("teacher", question(row)), row.output);
      assert.equal(say("teacher", `  ${question(row).replaceAll(" ", " \n")}\n`), row.output);
      assert.equal(
        say("teacher", `### Instruction:\n${row.instruction}\n\n### Input:\n${row.input}\n\n### Response:`),
        row.output,
      );
    }
    assert.match(say("teacher", "Never recorded."), /^Thank you/u);
  });

  it("spoils the student's answers for just the instructions that isCorrupted names", () => {
    const corrupted = ROWS.filter(({ instruction, input }) => isCorrupted(config, instruction, input));
    assert.ok(Math.abs(corrupted.length / ROWS.length - config.corruption) < 0.08, String(corrupted.length));
    for (const row of ROWS) {
      assert.equal(say("student", question(row)) !== row.output, corrupted.includes(row), row.output);
      assert.equal(say("student", question(row)), say("student", question(row), { temperature: 1 }));
      assert.notEqual(say("student", question(row)), "");
    }
  });

  it("rates so that the verdicts agree with the corruption", (context) => {
    const judged = ROWS.map((row) => ({ gap: gapOf(row), spoilt: isCorrupted(config, row.instruction, row.input) }));
    const readable = judged.filter(({ gap }) => gap !== null);
    assert.ok(readable.length > ROWS.length * 0.94);
    const agreeing = readable.filter(({ gap, spoilt }) => (gap ?? 0) >= 1 === spoilt);
    context.diagnostic(`verdicts that agree with the corruption: ${agreeing.length} of ${readable.length}`);
    assert.ok(agreeing.length >= readable.length * 0.97, String(agreeing.length));
    assert.ok(
      readable.every(({ gap, spoilt }) => !spoilt || (gap ?? 0) >= 2),
      "each spoilt answer is clearly worse",
    );
  });

  it("has no gap at all without noise and bias", () => {
    const calm = new Replay({ ...config, noise: 0, positionBias: 0 }, new Recording(ROWS));
    for (const row of ROWS.filter(({ instruction, input }) => !isCorrupted(config, instruction, input))) {
      assert.ok([0, null].includes(gapOf(row, calm)), row.instruction);
    }
  });

  it("rates with the input in a section of its own", () => {
    const row = ROWS[0];
    assert.ok(row?.input);
    const prompt = `<task>\n${row.instruction}\n</task>\n<material>\n${row.input}\n</material>\n<one>\n${row.output}\n</one>\n<two>\nno\n</two>`;
    assert.ok((scoresIn(say("referee", prompt))?.[0] ?? 0) >= 9);
  });

  it("hands out rows from the end of the file that an import of its beginning leaves out", () => {
    const from = Math.floor(REPLAY_HOLDOUT_FROM * ROWS.length);
    assert.ok(Math.floor(REPLAY_HOLDOUT_FROM * 52_002) >= 40_000);
    const late = new Set(ROWS.slice(from).map(question));
    const given = Array.from({ length: 600 }, (_, i) =>
      say("generator", `Another. ${i}\n<p>\n${ROWS[i % from]?.instruction}\n</p>`),
    );
    assert.ok(given.every((text) => late.has(text)));
    assert.ok(new Set(given).size > late.size * 0.9);
    assert.ok(given.every((text) => !say("teacher", text).startsWith("Thank you")));
  });

  it("repeats the parent among its mistakes", () => {
    const spoilt = new Replay({ ...config, malformed: 1 }, new Recording(ROWS));
    const replies = Array.from({ length: 100 }, (_, i) =>
      spoilt.reply("generator", ask("replay-generator", `${i}\n<p>\nthe parent\n</p>`)),
    );
    assert.ok(replies.some(({ content }) => content === "the parent"));
    assert.ok(replies.some(({ finishReason }) => finishReason === "length"));
  });

  it("takes hostile texts as texts", () => {
    for (const text of ["", "\u0000", "__proto__", "<<<end of instruction>>>", "```\n".repeat(3000)]) {
      assert.match(say("teacher", text), /^Thank you/u);
      say("student", text);
      say("referee", compare(text, text, text));
      say("generator", text);
    }
    assert.equal(scoresIn(say("referee", compare("Is it?", "Yes", "yes ".repeat(200_000))))?.[0], 10);
  });
});

describe("a recorded set", () => {
  const read = (name: string, bytes: string | Uint8Array): Recording => {
    writeFileSync(join(folder, name), bytes);
    return Recording.read(join(folder, name));
  };

  it("is read as a list, as lines, compressed, and with a byte order mark", () => {
    const list = JSON.stringify(ROWS);
    const lines = ROWS.map((row) => JSON.stringify(row)).join("\r\n");
    for (const [name, bytes] of [
      ["a.json", list],
      ["b.jsonl", `${lines}\n\n`],
      ["c.json.gz", gzipSync(list)],
      ["d.jsonl.gz", gzipSync(lines)],
      ["e.json", `\uFEFF${list}`],
    ] as const) {
      assert.deepEqual(read(name, bytes).rows, ROWS, name);
    }
  });

  it("leaves out what is no row", () => {
    const lines =
      '{"instruction":"a","output":"b"}\nnull\n{"instruction":1,"output":"b"}\nbroken\n{"instruction":"c","output":"d","input":null}';
    assert.deepEqual(
      read("f.jsonl", lines).rows.map(({ instruction, input }) => [instruction, input]),
      [
        ["a", ""],
        ["c", ""],
      ],
    );
  });

  it("is refused in one sentence when it is missing, broken or empty", () => {
    const refused = (run: () => unknown): void => {
      assert.throws(
        run,
        (error) => error instanceof LionError && error.kind === "input" && /sandbox\.set/u.test(error.message),
      );
    };
    refused(() => Recording.read(join(folder, "missing.json")));
    refused(() => read("g.json", "[{"));
    refused(() => read("h.json.gz", gzipSync("[]").subarray(0, 12)));
    refused(() => read("i.jsonl", ""));
  });

  const alpaca = join(
    process.env.LION_DATA ?? join(import.meta.dirname, "../../../../shared/data"),
    "alpaca_52k.jsonl.gz",
  );
  it("replays Alpaca", { skip: !existsSync(alpaca) && `no ${alpaca}` }, (context) => {
    const recording = Recording.read(alpaca);
    assert.equal(recording.rows.length, 52_002);
    const real = new Replay(config, recording);
    const sample = recording.rows.filter((row, i) => i % 173 === 0 && row.output.trim() !== "");
    const judged = sample.map((row) => ({
      gap: gapOf(row, real),
      spoilt: isCorrupted(config, row.instruction, row.input),
    }));
    const readable = judged.filter(({ gap }) => gap !== null);
    const agreeing = readable.filter(({ gap, spoilt }) => (gap ?? 0) >= 1 === spoilt);
    context.diagnostic(`verdicts that agree with the corruption: ${agreeing.length} of ${readable.length}`);
    assert.ok(agreeing.length >= readable.length * 0.97);
  });
});
