import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ImportOptions, type ImportResult, importFile } from "../../../src/core/pool/importing.ts";
import { instructionOf } from "../../../src/core/pool/instruction.ts";
import { Review } from "../../../src/core/review/review.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { NOTHING_DECIDED } from "../../../src/core/store/usableAnswer.ts";
import { addCandidate, HandClock, newStore, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const TEACHER = { profile: "any", model: "any" };
const NOBODY = { profile: "", model: "" };

interface Row {
  readonly instruction: unknown;
  readonly input?: string;
  readonly output?: string;
}

let files = 0;

function file(rows: ReadonlyArray<Row | string>): string {
  const path = join(folder, `rows-${files++}.jsonl`);
  writeFileSync(path, rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n"));
  return path;
}

function bring(store: Store, path: string, options: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importFile({
    store,
    clock,
    file: path,
    into: "pools",
    outputs: "teacher",
    duplicates: "merge",
    iteration: 1,
    ...options,
  });
}

function texts(store: Store, ids: readonly number[]): string[] {
  return store.instructions.getMany(ids).map(instructionOf);
}

const task = (name: string, output = `answer to ${name}`): Row => ({ instruction: name, input: "", output });

test("good rows come into both pools in the file's order, bad ones are listed by line and reason", async () => {
  const store = newStore(folder);
  const path = file([task("a"), "{broken", task("b"), { instruction: "" }, { instruction: 7 }, task("c")]);
  const result = await bring(store, path, { licence: "CC0", by: "someone" });
  assert.equal(result.imported, 3);
  assert.equal(result.duplicates, 0);
  assert.deepEqual(
    result.refused.map(({ line }) => line),
    [2, 4, 5],
  );
  assert.ok(result.refused.every(({ reason }) => reason.length > 10));
  assert.deepEqual(texts(store, store.pools.train(1)), ["a", "b", "c"]);
  assert.deepEqual(store.pools.cache(1), store.pools.train(1));
  const first = store.instructions.get(store.pools.train(1)[0] ?? 0);
  assert.equal(first?.licence, "CC0");
  assert.equal(first?.sourceLine, 1);
  const answer = store.ledger.usableTeacherAnswer(first?.id ?? 0, TEACHER, NOTHING_DECIDED);
  assert.equal(answer?.text, "answer to a");
  assert.equal(answer?.origin, "imported");
  assert.equal(answer?.writtenBy, "someone");
});

test("rows with equal instruction and input are merged and counted, within the file and against what is stored", async () => {
  const store = newStore(folder);
  const result = await bring(store, file([task("a"), task("a"), { instruction: "a", input: "x" }, task("b")]));
  assert.deepEqual([result.imported, result.duplicates], [3, 1]);
  const second = await bring(store, file([task("b"), task("c")]));
  assert.deepEqual([second.imported, second.duplicates], [1, 1]);
  assert.deepEqual(texts(store, store.pools.cache(1)), ["a", "a", "b", "c"]);
});

test("kept duplicates are instructions of their own", async () => {
  const store = newStore(folder);
  const result = await bring(store, file([task("a"), task("a"), task("b")]), { duplicates: "keep" });
  assert.deepEqual([result.imported, result.duplicates], [3, 0]);
  assert.equal(new Set(store.pools.train(1)).size, 3);
});

for (const duplicates of ["merge", "keep"] as const) {
  test(`the same file is never imported twice (${duplicates})`, async () => {
    const store = newStore(folder);
    const path = file([task("a"), task("a"), "{broken", task("b")]);
    const first = await bring(store, path, { duplicates });
    const again = await bring(store, path, { duplicates });
    assert.deepEqual(again, { imported: 0, duplicates: 3, refused: first.refused });
    assert.equal(store.pools.cache(1).length, first.imported);
    const other = await bring(store, path, { duplicates: duplicates === "merge" ? "keep" : "merge" });
    assert.equal(other.imported, 0);
    assert.equal(store.pools.cache(1).length, first.imported);
  });

  test(`a limit takes the first rows, and raising it adds only the rest (${duplicates})`, async () => {
    const store = newStore(folder);
    const path = file([task("a"), task("b"), task("c"), task("d")]);
    assert.equal((await bring(store, path, { duplicates, limit: 2 })).imported, 2);
    assert.deepEqual(texts(store, store.pools.train(1)), ["a", "b"]);
    const all = await bring(store, path, { duplicates });
    assert.deepEqual([all.imported, all.duplicates], [2, 2]);
    assert.deepEqual(texts(store, store.pools.train(1)), ["a", "b", "c", "d"]);
  });

  test(`an import that was broken off is completed without doubling (${duplicates})`, async () => {
    const store = newStore(folder);
    const rows = Array.from({ length: 4500 }, (_, i) => (i % 1000 === 7 ? "{broken" : task(`task ${i % 4000}`)));
    const path = file(rows);
    const write = store.write.bind(store);
    let writes = 0;
    // The source and the first slice are stored, then the machine dies.
    store.write = (work) => {
      if (++writes === 3) {
        throw new Error("dead");
      }
      return write(work);
    };
    await assert.rejects(bring(store, path, { duplicates }), /dead/);
    assert.equal(store.pools.train(1).length, 1998);
    store.write = write;
    const result = await bring(store, path, { duplicates });
    const undisturbed = newStore(folder);
    const expected = await bring(undisturbed, path, { duplicates });
    assert.deepEqual(result, expected);
    assert.deepEqual(texts(store, store.pools.train(1)), texts(undisturbed, undisturbed.pools.train(1)));
    assert.equal(store.connection.prepare("SELECT count(*) FROM refused_row").pluck().get(), 5);
    assert.equal((await bring(store, path, { duplicates })).imported, 0);
  });
}

test("an instruction that is stored but not in the destination joins it", async () => {
  const store = newStore(folder);
  await bring(store, file([task("a")]), { into: "cache" });
  assert.deepEqual(store.pools.train(1), []);
  const result = await bring(store, file([task("b"), task("a")]));
  assert.deepEqual([result.imported, result.duplicates], [1, 1]);
  assert.deepEqual(texts(store, store.pools.train(1)), ["b", "a"]);
  assert.deepEqual(texts(store, store.pools.cache(1)), ["a", "b"]);
});

test("what was trained on in an earlier iteration does not enter a later Train pool by another file", async () => {
  const store = newStore(folder);
  await bring(store, file([task("a")]));
  await bring(store, file([task("a"), task("z")]), { iteration: 3 });
  assert.deepEqual(texts(store, store.pools.train(3)), ["z"]);
  assert.deepEqual(texts(store, store.pools.cache(3)), ["a", "z"]);
});

test("outputs serve as the teacher's answers, are kept for reading, or are dropped", async () => {
  for (const [outputs, stored, usable] of [
    ["teacher", 1, true],
    ["keep", 1, false],
    ["drop", 0, false],
  ] as const) {
    const store = newStore(folder);
    await bring(store, file([task("a"), task("no output", "")]), { outputs });
    const [a = 0, none = 0] = store.pools.train(1);
    assert.equal(store.ledger.answersOf(a, "teacher").length, stored);
    assert.equal(store.ledger.usableTeacherAnswer(a, TEACHER, NOTHING_DECIDED) !== null, usable);
    assert.equal(store.ledger.answersOf(none, "teacher").length, 0);
  }
});

test("of several outputs for one instruction the first serves; a later file can bring a missing one", async () => {
  const store = newStore(folder);
  await bring(store, file([task("a", "one"), task("a", "two")]));
  const [a = 0] = store.pools.train(1);
  assert.equal(store.ledger.usableTeacherAnswer(a, NOBODY, NOTHING_DECIDED)?.text, "one");
  assert.deepEqual(
    store.ledger.answersOf(a, "teacher").map(({ text }) => text),
    ["one", "two"],
  );

  const bare = newStore(folder);
  await bring(bare, file([task("a", "")]));
  await bring(bare, file([task("a", "late")]));
  const [only = 0] = bare.pools.train(1);
  assert.equal(bare.ledger.usableTeacherAnswer(only, NOBODY, NOTHING_DECIDED)?.text, "late");
});

test("evaluation instructions and pools exclude each other, whichever came first", async () => {
  const store = newStore(folder);
  const evaluation = await bring(store, file([task("exam"), task("exam")]), { into: "evaluation", outputs: "keep" });
  assert.deepEqual([evaluation.imported, evaluation.duplicates], [1, 1]);
  const [exam] = store.instructions.evaluationSet();
  assert.equal(store.ledger.usableTeacherAnswer(exam?.id ?? 0, NOBODY, NOTHING_DECIDED)?.text, "answer to exam");

  const into = await bring(store, file([task("exam"), task("a")]));
  assert.equal(into.imported, 1);
  assert.match(into.refused[0]?.reason ?? "", /evaluation instruction #1/);
  const back = await bring(store, file([task("b"), task("a")]), { into: "evaluation" });
  assert.equal(back.imported, 1);
  assert.deepEqual(
    back.refused.map(({ line }) => line),
    [2],
  );
  assert.equal(store.pools.cache(1).length, 1);
  assert.deepEqual(store.instructions.evaluationSet().map(instructionOf), ["exam", "b"]);
});

test("an evaluation row that waits as a candidate is refused until the candidate is", async () => {
  const store = newStore(folder);
  const id = addCandidate(store, "exam");
  const first = await bring(store, file([task("exam"), task("x")]), { into: "evaluation" });
  assert.match(first.refused[0]?.reason ?? "", /candidate #1/);
  new Review({ store, clock, actor: "me" }).refuse([id], "belongs to the exam");
  assert.equal((await bring(store, file([task("exam")]), { into: "evaluation" })).imported, 1);
});

test("candidates wait for review, and what the Cache has already does not", async () => {
  const store = newStore(folder);
  await bring(store, file([task("a")]));
  const path = file([task("a"), task("b"), task("b"), task("c")]);
  const result = await bring(store, path, { into: "candidates", iteration: 2, outputs: "keep" });
  assert.deepEqual([result.imported, result.duplicates], [2, 2]);
  const listed = new Review({ store, clock, actor: "me" }).list({ state: "waiting", iteration: 2 });
  assert.deepEqual(
    listed.map(({ instruction }) => instructionOf(instruction)),
    ["b", "c"],
  );
  assert.deepEqual(
    listed.map(({ half }) => half),
    [null, null],
  );
  assert.equal(store.pools.cache(2).length, 1);
});

test("several tasks of one line, as self-instruct's seeds have them, are all imported and none twice", async () => {
  const store = newStore(folder);
  const seed = {
    id: "s1",
    instruction: "Add.",
    instances: [
      { input: "1 2", output: "3" },
      { input: "2 2", output: "4" },
    ],
  };
  const path = join(folder, "seeds.jsonl");
  writeFileSync(path, `${JSON.stringify(seed)}\n${JSON.stringify({ ...seed, id: "s2", instruction: "Sum." })}\n`);
  assert.equal((await bring(store, path, { duplicates: "keep", limit: 2 })).imported, 2);
  assert.equal((await bring(store, path, { duplicates: "keep" })).imported, 2);
  assert.equal(store.instructions.get(1)?.tags.id, "s1");
});

test("a compressed file is the same rows; another file's bytes are another source", async () => {
  const store = newStore(folder);
  const path = join(folder, "rows.gz");
  writeFileSync(path, gzipSync(JSON.stringify([task("a"), task("b")])));
  assert.equal((await bring(store, path)).imported, 2);
  assert.equal((await bring(store, file([task("a"), task("b")]))).duplicates, 2);
});

test("a file that is not there, and a folder, are told in one sentence and leave nothing behind", async () => {
  const store = newStore(folder);
  await assert.rejects(bring(store, join(folder, "gone.json")), {
    name: "LionError",
    kind: "input",
    message: /no file .*gone\.json/,
  });
  await assert.rejects(bring(store, folder), { name: "LionError", kind: "input" });
  assert.equal(store.connection.prepare("SELECT count(*) FROM source").pluck().get(), 0);
});

const alpaca = join(
  process.env.LION_DATA ?? join(import.meta.dirname, "../../../../shared/data"),
  "alpaca_52k.jsonl.gz",
);
const skip = existsSync(alpaca) ? false : `${alpaca} is not there`;

test("52,002 real rows come in, and how long that takes is told", { skip, timeout: 300_000 }, async (t) => {
  const store = newStore(folder);
  const before = process.cpuUsage();
  const result = await bring(store, alpaca, { duplicates: "keep" });
  const { user, system } = process.cpuUsage(before);
  assert.deepEqual(result, { imported: 52_002, duplicates: 0, refused: [] });
  assert.equal(store.pools.cache(1).length, 52_002);
  t.diagnostic(`${((user + system) / 1e6).toFixed(1)} s of processor time`);
});

test("an import in slices tells how far it is, and one that was stopped is completed by the next", async () => {
  const store = newStore(folder);
  const path = file(Array.from({ length: 10 }, (_, place) => task(`sliced ${place}`)));
  const stop = new AbortController();
  const told: Array<{ rows: number; share: number }> = [];
  const stopped = bring(store, path, {
    slice: 3,
    signal: stop.signal,
    onProgress: (progress) => {
      told.push(progress);
      if (progress.rows === 6) {
        stop.abort();
      }
    },
  });
  await assert.rejects(stopped, /was stopped after 6 rows: what was stored stays/);
  assert.deepEqual(
    told.map(({ rows }) => rows),
    [3, 6],
  );
  assert.ok(told.every(({ share }) => share > 0 && share <= 1));
  assert.equal(store.pools.train(1).length, 6);
  assert.equal((await bring(store, path)).imported, 10);
  assert.equal(store.pools.train(1).length, 10);
});

test("an import in slices lets other things happen between them", async () => {
  const store = newStore(folder);
  const path = file(Array.from({ length: 30 }, (_, place) => task(`breathing ${place}`)));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await bring(store, path, { slice: 1 });
  clearInterval(timer);
  assert.ok(turns > 5, `${turns} turns`);
});
