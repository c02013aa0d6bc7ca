import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { LionError } from "../../../src/core/errors.ts";
import { readRecords } from "../../../src/core/pool/formats/readRecords.ts";
import { unwritable } from "../../../src/core/pool/formats/replaceFile.ts";
import { type AlpacaRow, writeAlpaca, writeJsonl } from "../../../src/core/pool/formats/write.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const rows: AlpacaRow[] = [
  { instruction: "Größe?", input: "", output: "a\nb\u2028c\r\n", system: "" },
  { instruction: "Zwei", input: "x", output: 'say "y"' },
];

test("Alpaca's list, byte for byte", async (context) => {
  const path = join(temporaryFolder(context), "train.json");
  assert.equal(await writeAlpaca(path, rows), 2);
  const expected = rows.map(({ instruction, input, output }) => ({ instruction, input, output }));
  assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(expected, null, 2)}\n`);
});

test("one system message gives every row the field", async (context) => {
  const path = join(temporaryFolder(context), "train.json");
  await writeAlpaca(path, [...rows, { instruction: "Drei", input: "", output: "z", system: "Be brief." }]);
  const written = JSON.parse(readFileSync(path, "utf8"));
  assert.deepEqual(
    written.map((row: AlpacaRow) => row.system),
    ["", "", "Be brief."],
  );
  assert.deepEqual(Object.keys(written[0]), ["instruction", "input", "output", "system"]);
});

test("a link is written through and stays one, as /dev/stdout must", async (context) => {
  const folder = temporaryFolder(context);
  const [file, link] = [join(folder, "real.json"), join(folder, "link.json")] as const;
  writeFileSync(file, "something longer than what comes");
  symlinkSync(file, link);
  await writeAlpaca(link, []);
  assert.equal(lstatSync(link).isSymbolicLink(), true);
  assert.equal(readFileSync(file, "utf8"), "[]\n");
});

test("no rows make an empty list", async (context) => {
  const path = join(temporaryFolder(context), "train.json");
  assert.equal(await writeAlpaca(path, []), 0);
  assert.equal(readFileSync(path, "utf8"), "[]\n");
});

test("equal rows give equal bytes from a list, a generator and a repeatable source, plain and gzipped", async (context) => {
  const folder = temporaryFolder(context);
  const withSystem = [...rows, { instruction: "Drei", input: "", output: "z", system: "Be brief." }];
  const repeatable = { [Symbol.iterator]: () => withSystem.values() };
  const sources: [string, () => Iterable<AlpacaRow>][] = [
    ["list", () => withSystem],
    ["generator", () => withSystem.values()],
    ["repeatable", () => repeatable],
  ];
  for (const [name, source] of sources) {
    assert.equal(await writeAlpaca(join(folder, `${name}.json`), source()), 3);
    assert.equal(await writeAlpaca(join(folder, `${name}.json.gz`), source()), 3);
  }
  const bytes = (name: string): Buffer => readFileSync(join(folder, name));
  for (const name of ["generator", "repeatable"]) {
    assert.deepEqual(bytes(`${name}.json`), bytes("list.json"));
    assert.deepEqual(bytes(`${name}.json.gz`), bytes("list.json.gz"));
  }
  assert.deepEqual(gunzipSync(bytes("list.json.gz")), bytes("list.json"));
});

test("what is written can be read back", async (context) => {
  const folder = temporaryFolder(context);
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((value) => /\w/.test(value) && !value.includes("\0"));
  const row = fc.record({ instruction: text, input: text, output: text, system: text });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 8 }),
      fc.constantFrom("a.json", "a.json.gz", "a.jsonl", "a.jsonl.gz"),
      async (made, name) => {
        const path = join(folder, name);
        assert.equal(await (name.includes("jsonl") ? writeJsonl(path, made) : writeAlpaca(path, made)), made.length);
        const back: unknown[] = [];
        for await (const read of readRecords(path)) {
          if ("record" in read) {
            const { turns, input, output, system } = read.record;
            back.push({ instruction: turns[0]?.content, input, output, system });
          }
        }
        assert.deepEqual(
          back,
          made.map((value) => ({ ...value })),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("JSONL has sorted keys and one row a line", async (context) => {
  const path = join(temporaryFolder(context), "rows.jsonl");
  assert.equal(await writeJsonl(path, [{ b: 1, a: { d: "ü\n", c: null, e: undefined } }, [2]]), 2);
  assert.equal(readFileSync(path, "utf8"), '{"a":{"c":null,"d":"ü\\n"},"b":1}\n[2]\n');
});

test("a failure on the way leaves the old file and no rest", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, "train.json");
  writeFileSync(path, "old");
  function* failing(): Generator<unknown> {
    for (let i = 0; i < 50_000; i++) {
      yield { i };
    }
    throw new RangeError("the source broke");
  }
  await assert.rejects(writeJsonl(path, failing()), /the source broke/);
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(readdirSync(folder), ["train.json"]);
});

test("a place that can't be written to is named in one sentence", async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, "taken.json"));
  writeFileSync(join(folder, "file"), "");
  const input = (message: RegExp) => (error: unknown) =>
    error instanceof LionError && error.kind === "input" && message.test(error.message);
  await assert.rejects(
    writeAlpaca(join(folder, "no", "train.json"), rows),
    input(/^The folder .+no does not exist: make it, or name another place for train\.json\.$/),
  );
  await assert.rejects(writeAlpaca(join(folder, "taken.json"), rows), input(/taken\.json is a folder/));
  await assert.rejects(writeAlpaca(join(folder, "file", "train.json"), rows), input(/file is not a folder/));
  assert.deepEqual(readdirSync(folder).sort(), ["file", "taken.json"]);
});

test("what the system's refusals mean", () => {
  const sentence = (code: string): string => {
    const error = unwritable("/data/out.json", Object.assign(new Error("refused"), { code }));
    return `${error.kind}: ${error.message}`;
  };
  const full = "environment: The disk is full: /data/out.json was not written; free some space and try again.";
  assert.equal(sentence("ENOSPC"), full);
  assert.equal(sentence("EDQUOT"), full);
  assert.equal(sentence("EROFS"), "environment: /data/out.json can't be written: you may not write to /data.");
  assert.equal(sentence("EIO"), "environment: /data/out.json could not be written: refused.");
});
