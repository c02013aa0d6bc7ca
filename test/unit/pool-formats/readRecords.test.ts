import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { LionError } from "../../../src/core/errors.ts";
import { readRecords } from "../../../src/core/pool/formats/readRecords.ts";
import { dataFolder, missing } from "../../support/realData.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

/** The rows in short: "line: instruction → output" or "line! reason". */
async function read(context: TestContext, content: string | Buffer): Promise<string[]> {
  const path = join(temporaryFolder(context), "rows.txt");
  writeFileSync(path, content);
  const rows: string[] = [];
  for await (const row of readRecords(path)) {
    rows.push(
      "reason" in row
        ? `${row.line}! ${row.reason}`
        : `${row.line}: ${row.record.turns.at(-1)?.content} → ${row.record.output}`,
    );
  }
  return rows;
}

const alpaca = (name: string): object => ({ instruction: `Do ${name}.`, input: "", output: `Did ${name}.` });
const three = ["a", "b", "c"].map(alpaca);
const lines = three.map((row) => JSON.stringify(row)).join("\n");

const layouts: ReadonlyArray<readonly [name: string, content: string | Buffer, lines: number[]]> = [
  ["JSONL", `${lines}\n`, [1, 2, 3]],
  ["JSONL without a last line break", lines, [1, 2, 3]],
  ["JSONL with blank lines", `\n${lines.replaceAll("\n", "\n \n\n")}\n\n`, [2, 5, 8]],
  ["JSONL from Windows", `\ufeff${lines.replaceAll("\n", "\r\n")}\r\n`, [1, 2, 3]],
  ["gzipped JSONL", gzipSync(lines), [1, 2, 3]],
  ["gzip in two members", Buffer.concat([gzipSync(lines.slice(0, 70)), gzipSync(lines.slice(70))]), [1, 2, 3]],
  ["a JSON list on one line", JSON.stringify(three), [1, 1, 1]],
  ["a pretty-printed JSON list", JSON.stringify(three, null, 2), [2, 7, 12]],
  [
    "a pretty-printed list from Windows",
    `\ufeff${JSON.stringify(three, null, 2).replaceAll("\n", "\r\n")}`,
    [2, 7, 12],
  ],
  ["a gzipped JSON list", gzipSync(JSON.stringify(three, null, 4)), [2, 7, 12]],
  ["a list with a comma too many", `${JSON.stringify(three).slice(0, -1)} , ]`, [1, 1, 1]],
];

for (const [name, content, expected] of layouts) {
  test(`reads ${name}`, async (context) => {
    const names = ["a", "b", "c"];
    const rows = expected.map((line, at) => `${line}: Do ${names[at]}. → Did ${names[at]}.`);
    assert.deepEqual(await read(context, content), rows);
  });
}

test("rows are the same wherever the chunks of a large file end", async (context) => {
  const many = Array.from({ length: 3000 }, (_, i) => ({
    instruction: `Übung ${i}: „[{\\"]}“`,
    input: "x\\".repeat(i % 90),
    output: `} ] , ${"é".repeat(i % 50)}`,
  }));
  const expected = many.map(({ instruction, output }) => `${instruction} → ${output}`);
  const withoutLine = (rows: string[]): string[] => rows.map((row) => row.replace(/^\d+: /, ""));
  const asLines = many.map((row) => JSON.stringify(row)).join("\n");
  assert.deepEqual(withoutLine(await read(context, asLines)), expected);
  assert.deepEqual(withoutLine(await read(context, gzipSync(asLines))), expected);
  assert.deepEqual(withoutLine(await read(context, JSON.stringify(many))), expected);
  assert.deepEqual(withoutLine(await read(context, JSON.stringify(many, null, 1))), expected);
});

test("a list of bare texts", async (context) => {
  assert.deepEqual(await read(context, '["Eins.", "", 7,\n"Drei, [vier]."]'), [
    "1: Eins. → null",
    "1! item 2 has an empty instruction",
    "1! item 3 is a number, not an object",
    "2: Drei, [vier]. → null",
  ]);
});

test("a list of bare texts that is cut off within one", async (context) => {
  assert.deepEqual(await read(context, '["Eins.", "Zw'), [
    "1: Eins. → null",
    "1! item 2 is cut off: the file ends at line 1, byte 13",
  ]);
});

test("broken lines are refused one by one", async (context) => {
  const latin1 = Buffer.from('{"instruction": "caf\xe9"}\n', "latin1");
  const rows = [
    '{"instruction": "Fine."}\n',
    "not json\n",
    '{"instruction": "Cut off\n',
    '{"instruction": "Comma" "input": ""}\n',
    latin1,
    "[1, 2]\n",
    "null\n",
    '{"input": "material", "output": "reply"}\n',
    '{"instruction": null}\n',
    '{"instruction": "  \\n "}\n',
    '{"instruction": ["a"]}\n',
    '{"instruction": "Nul \\u0000"}\n',
    '{"instruction": "Sum up.", "input": {"a": 1}}\n',
    '{"instruction": "Sum up.", "output": ["a"]}\n',
    "{}\n",
    '{"score": NaN}\n',
    '{"instruction": "Fine, too."}',
  ].map((row) => Buffer.from(row));
  assert.deepEqual(await read(context, Buffer.concat(rows)), [
    "1: Fine. → null",
    "2! the row is not valid JSON (unexpected token 'o')",
    "3! the row is not valid JSON (unterminated string)",
    "4! the row is not valid JSON (expected ',' or '}' after property value)",
    "5! the row is not valid UTF-8",
    "6! the row is a list, not an object",
    "7! the row is null, not an object",
    "8! the row has no instruction (its fields are input, output)",
    "9! the row has no instruction",
    "10! the row has an empty instruction",
    "11! the row has a list as its instruction, not a text",
    "12! the row has a NUL character in its instruction",
    "13! the row has an object as its input, not a text",
    "14! the row has a list as its output, not a text",
    "15! the row has no instruction (it is empty)",
    "16! the row is not valid JSON (unexpected token 'N')",
    "17: Fine, too. → null",
  ]);
});

test("a row of more than a megabyte is refused, the ones around it are read", async (context) => {
  const long = { instruction: "x".repeat(1_000_000) };
  const rows = [alpaca("a"), long, alpaca("b")];
  const asLines = rows.map((row) => JSON.stringify(row)).join("\n");
  const [first, second] = ["1: Do a. → Did a.", "! the row is longer than 1 MB"];
  assert.deepEqual(await read(context, asLines), [first, `2${second}`, "3: Do b. → Did b."]);
  assert.deepEqual(await read(context, gzipSync(asLines)), [first, `2${second}`, "3: Do b. → Did b."]);
  assert.deepEqual(await read(context, JSON.stringify(rows)), [
    first,
    "1! item 2 is longer than 1 MB",
    "1: Do b. → Did b.",
  ]);
});

test("broken items of a list", async (context) => {
  const content = `[\n${JSON.stringify(alpaca("a"))},\n{"instruction": oops},\n,\n{"instruction": "Unpaired,\n "input": ""\n},\n{"a": 1}{"b": 2},\n${JSON.stringify(alpaca("b"))}\n]`;
  assert.deepEqual(await read(context, content), [
    "2: Do a. → Did a.",
    "3! item 2 is not valid JSON (unexpected token 'o')",
    "4! item 3 is missing: there is nothing between two commas",
    "5! item 4 is not valid JSON (bad control character in string literal)",
    "8! item 5 is not valid JSON (unexpected non-whitespace character after JSON)",
    "9: Do b. → Did b.",
  ]);
});

test("a list that is cut off gives the rows before the break and the place of it", async (context) => {
  const pretty = JSON.stringify(three, null, 2);
  const inText = pretty.lastIndexOf("Did c");
  assert.deepEqual(await read(context, pretty.slice(0, inText)), [
    "2: Do a. → Did a.",
    "7: Do b. → Did b.",
    `12! item 3 is cut off: the file ends at line 15, byte ${inText}`,
  ]);
  const whole = JSON.stringify(three);
  assert.deepEqual(await read(context, whole.slice(0, -1)), [
    ...["a", "b", "c"].map((name) => `1: Do ${name}. → Did ${name}.`),
    `1! the list is cut off: the file ends at line 1, byte ${whole.length - 1}, without a closing bracket`,
  ]);
  for (let length = 1; length < whole.length; length++) {
    const rows = await read(context, whole.slice(0, length));
    const complete = three.filter((_, at) => length >= JSON.stringify(three.slice(0, at + 1)).length - 1).length;
    assert.equal(rows.filter((row) => row.startsWith("1: ")).length, complete);
    assert.match(rows.at(-1) ?? "", /cut off: the file ends at line 1, byte \d+/);
  }
});

test("what follows a list is named, not read", async (context) => {
  const rows = await read(context, `${JSON.stringify([alpaca("a")])}\n\n{"instruction": "Late."}`);
  assert.deepEqual(rows, [
    "1: Do a. → Did a.",
    "3! the list has ended before line 3, byte 57: what follows was not read",
  ]);
});

test("a compressed file that is cut off or damaged gives the rows before that, always the same", async (context) => {
  const many = Array.from({ length: 5000 }, (_, i) => JSON.stringify(alpaca(`${i} ${Math.sin(i)}`))).join("\n");
  const compressed = gzipSync(many);
  const cut = compressed.subarray(0, compressed.length - 2000);
  const rows = await read(context, cut);
  assert.ok(rows.length > 4000);
  assert.match(
    rows.at(-1) ?? "",
    /^\d+! the compressed file is cut off here: nothing from this line on could be read$/,
  );
  assert.equal(Number.parseInt(rows.at(-1) ?? "", 10), rows.length);
  assert.deepEqual(await read(context, cut), rows);
  const damaged = Buffer.from(compressed).fill(0xff, 70_000, 70_100);
  assert.match((await read(context, damaged)).at(-1) ?? "", /the compressed file is damaged \(.+\) here/);
  assert.match((await read(context, Buffer.from([0x1f, 0x8b, 1, 2, 3]))).join(), /^1! the compressed file is damaged/);
});

const unreadable: ReadonlyArray<readonly [name: string, content: string | Buffer, reason: string]> = [
  ["an empty file", "", "the file is empty"],
  ["a file of white space", "\n \r\n", "the file is empty"],
  ["an empty gzip", gzipSync(""), "the file is empty"],
  ["UTF-16", Buffer.from(`\ufeff${lines}`, "utf16le"), "the file is in UTF-16: save it as UTF-8"],
  [
    "a binary file",
    Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 1, 2]),
    "the file is not a text file: a JSON list or JSONL is expected, plain or gzipped",
  ],
  [
    "one object over several lines",
    JSON.stringify({ examples: three }, null, 2),
    "the file is one JSON object over several lines: a JSON list of rows is expected, or one row a line",
  ],
];

for (const [name, content, reason] of unreadable) {
  test(`${name} is refused in one sentence`, async (context) => {
    assert.deepEqual(await read(context, content), [`1! ${reason}`]);
  });
}

test("an empty list is no error", async (context) => {
  assert.deepEqual(await read(context, "[]\n"), []);
});

test("a file that can't be opened is the user's to mend", async (context) => {
  const folder = temporaryFolder(context);
  const reading = (path: string) => readRecords(path).next();
  const input = (message: RegExp) => (error: unknown) =>
    error instanceof LionError && error.kind === "input" && message.test(error.message);
  await assert.rejects(reading(join(folder, "none.json")), input(/^There is no file .+none\.json: check its name\.$/));
  await assert.rejects(reading(folder), input(/is a folder: name a file in it\.$/));
});

test("who stops early leaves no file open", async (context) => {
  const path = join(temporaryFolder(context), "rows.jsonl.gz");
  writeFileSync(path, gzipSync(`${lines}\n`.repeat(50_000)));
  for await (const row of readRecords(path)) {
    assert.ok("record" in row);
    break;
  }
});

const ALPACA = "alpaca_52k.jsonl.gz";
test("52,002 rows of Alpaca are read in two seconds of processor time", { skip: missing(ALPACA) }, async () => {
  const before = process.cpuUsage();
  let records = 0;
  for await (const row of readRecords(join(dataFolder, ALPACA))) {
    records += "record" in row ? 1 : 0;
  }
  assert.equal(records, 52_002);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 2_000_000);
});
