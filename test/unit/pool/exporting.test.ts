import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ExportKind, exportRows } from "../../../src/core/pool/exporting.ts";
import { importFile } from "../../../src/core/pool/importing.ts";
import { checkEdit } from "../../../src/core/review/editing.ts";
import { instructionSubject, verdictSubject } from "../../../src/core/review/fold.ts";
import { Judging } from "../../../src/core/review/judging.ts";
import { Review } from "../../../src/core/review/review.ts";
import { Undoing } from "../../../src/core/review/undo.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { addCandidate, HandClock, newStore, smallConfig, temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();
const clock = new HandClock();
const config = smallConfig({ discrimination: { tau: 1 } });

const ROWS = [
  { instruction: "a", input: "x", output: "A" },
  { instruction: "b", input: "", output: "B" },
  { instruction: "c", input: "", output: "" },
];

async function filled(name: string, rows: readonly unknown[] = ROWS): Promise<Store> {
  const store = newStore(folder);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(rows));
  await importFile({ store, clock, file, into: "pools", outputs: "teacher", duplicates: "keep", iteration: 1 });
  return store;
}

let exports = 0;

async function text(store: Store, what: ExportKind): Promise<string> {
  const file = join(folder, `out-${exports++}`);
  const { written } = await exportRows(store, config, what, file);
  const content = readFileSync(file, "utf8");
  const rows = content.startsWith("[") ? JSON.parse(content).length : content.split("\n").length - 1;
  assert.equal(written, rows);
  return content;
}

async function lines(store: Store, what: ExportKind): Promise<Array<Record<string, unknown>>> {
  return (await text(store, what))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Two answers and a verdict on an instruction. */
function rate(store: Store, id: number, gap: number | null): void {
  const answer = (role: "teacher" | "student" | "referee", body: string): number =>
    store.ledger.insertAnswer(
      {
        requestKey: null,
        role,
        origin: "model",
        writtenBy: `${role}-model`,
        profile: "any",
        modelAsked: "m",
        parameters: "{}",
        text: body,
        kind: "complete",
        finishReason: "stop",
        inputTokens: null,
        outputTokens: null,
        cost: null,
      },
      1,
    ).id;
  const pair = { teacherAnswerId: answer("teacher", "t"), studentAnswerId: answer("student", "s") };
  const scores = gap === null ? null : { teacher: 5 + gap, student: 5 };
  store.ratings.add(
    {
      instructionId: id,
      iteration: 1,
      firstShown: "teacher",
      ...pair,
      answerId: answer("referee", "what the referee wrote"),
      promptVersion: "p/1",
      scores,
      unparsed: scores ? null : "no scores",
    },
    1,
  );
  store.ratings.putVerdict({
    iteration: 1,
    scope: "draw",
    position: id,
    instructionId: id,
    state: gap === null ? "unscored" : "scored",
    gap,
    teacherScore: scores?.teacher ?? null,
    studentScore: scores?.student ?? null,
    contradictory: false,
    source: "referee",
    ...pair,
  });
}

/** A request to the teacher that failed for good. */
function fail(store: Store, instructionId: number): void {
  const request = { key: "k", role: "teacher", profile: "any", model: "m", promptVersion: "p/1", draw: 0 } as const;
  const attempt = store.ledger.recordSent({ ...request, parameters: "{}", instructionId, iteration: 1 }, 0, 1);
  store.ledger.recordFailure(attempt, "refused", { final: true, charged: false }, 1);
}

test("pools are Alpaca JSON with the teacher's answers, equal bytes for equal pools", async () => {
  const store = await filled("one");
  const train = await text(store, "train");
  assert.deepEqual(JSON.parse(train), ROWS);
  assert.equal(train, await text(await filled("two"), "train"));
  assert.equal(train, await text(store, "cache"));
});

test("what was exported comes in again as the same pool", async () => {
  const store = await filled("there");
  const out = await text(store, "cache");
  assert.equal(await text(await filled("back", JSON.parse(out)), "cache"), out);
});

test("system messages and earlier turns are not lost", async () => {
  const store = await filled("talk", [
    {
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello" },
        { role: "user", content: "More" },
        { role: "assistant", content: "Yes" },
      ],
    },
  ]);
  assert.deepEqual(JSON.parse(await text(store, "train")), [
    { instruction: "User: Hi\n\nAssistant: Hello\n\nUser: More", input: "", output: "Yes", system: "Be kind." },
  ]);
});

test("excluded instructions leave all exports but the decisions", async () => {
  const store = await filled("excluded");
  const candidate = addCandidate(store, "new");
  rate(store, 2, 3);
  fail(store, 2);
  const review = new Review({ store, clock, actor: "me" });
  review.exclude([2, candidate], "wrong");
  assert.deepEqual(JSON.parse(await text(store, "train")), [ROWS[0], ROWS[2]]);
  assert.deepEqual(await text(store, "cache"), await text(store, "train"));
  for (const what of ["candidates", "verdicts", "ratings", "problems"] as const) {
    assert.deepEqual(await lines(store, what), []);
  }
  assert.equal((await lines(store, "decisions")).length, 2);
  new Undoing({ store, clock, actor: "me" }).undo();
  for (const what of ["candidates", "verdicts", "ratings", "problems"] as const) {
    assert.equal((await lines(store, what)).length, 1, what);
  }
  assert.deepEqual(JSON.parse(await text(store, "train")), ROWS);
});

test("a pool carries what a person wrote in the teacher's place, and no answer that was found wrong", async () => {
  const store = await filled("corrected");
  const judging = new Judging({ store, clock, actor: "me" });
  judging.correct(1, "better");
  judging.reject(2, store.ledger.answersOf(2, "teacher")[0]?.id ?? 0);
  const outputs = async (): Promise<string[]> =>
    JSON.parse(await text(store, "train")).map(({ output }: { output: string }) => output);
  assert.deepEqual(await outputs(), ["better", "", ""]);
  const undoing = new Undoing({ store, clock, actor: "me" });
  undoing.undo();
  undoing.undo();
  assert.deepEqual(await outputs(), ["A", "B", ""], "undone, the teacher's own is back");
});

test("of an edited candidate only what stands in its place is exported", async () => {
  const store = newStore(folder);
  const id = addCandidate(store, "Name three rivers of France.");
  const edited = { instruction: "Name three rivers of Spain and say where they end.", input: "" };
  const { replacement } = new Review({ store, clock, actor: "me" }).edit(
    ...([id, edited, checkEdit(store, config, id, edited)] as const),
  );
  assert.deepEqual(
    (await lines(store, "candidates")).map((row) => [row.id, row.state]),
    [[replacement, "waiting"]],
  );
});

test("verdicts tell hard from easy by τ, and a person's word over the referee's, in its own iteration", async () => {
  const store = await filled("verdicts");
  rate(store, 1, 1);
  rate(store, 2, 0.5);
  rate(store, 3, null);
  const override = (subject: string): number =>
    store.decisions.add({ actor: "me", kind: "override", subject, payload: { half: "hard" }, groupId: "g" }, 1);
  assert.deepEqual(
    (await lines(store, "verdicts")).map(({ hard }) => hard),
    [true, false, null],
  );
  override(verdictSubject(2, 2));
  assert.deepEqual(
    (await lines(store, "verdicts")).map(({ hard }) => hard),
    [true, false, null],
  );
  override(verdictSubject(1, 2));
  const rows = await lines(store, "verdicts");
  assert.deepEqual(
    rows.map(({ hard, source }) => [hard, source]),
    [
      [true, "referee"],
      [true, "person"],
      [null, "referee"],
    ],
  );
  assert.equal(rows[0]?.instruction, "a");
  assert.equal(rows[0]?.gap, 1);
});

test("ratings carry the scores or why there are none, and the referee's text", async () => {
  const store = await filled("ratings");
  rate(store, 1, 2);
  rate(store, 2, null);
  const rows = await lines(store, "ratings");
  assert.deepEqual(
    rows.map(({ id, teacherScore, unparsed, text, referee }) => [id, teacherScore, unparsed, text, referee]),
    [
      [1, 7, null, "what the referee wrote", "referee-model"],
      [2, null, "no scores", "what the referee wrote", "referee-model"],
    ],
  );
});

test("candidates carry what became of them, decisions are the log as it is", async () => {
  const store = newStore(folder);
  const waiting = addCandidate(store, "w");
  const refused = addCandidate(store, "r", { half: "easy", parentId: waiting, nearestId: waiting, nearestScore: 0.6 });
  addCandidate(store, "f", { filter: "too-short", filterDetail: "2 words" });
  new Review({ store, clock, actor: "me" }).refuse([refused], "silly");
  const rows = await lines(store, "candidates");
  assert.deepEqual(
    rows.map(({ state, half, reason, filter }) => [state, half, reason, filter]),
    [
      ["waiting", "hard", null, null],
      ["refused", "easy", "silly", null],
      ["filtered", "hard", null, "too-short"],
    ],
  );
  assert.equal(rows[1]?.nearestScore, 0.6);
  const [decision] = await lines(store, "decisions");
  assert.equal(decision?.subject, instructionSubject(refused));
  assert.deepEqual(decision?.payload, { reason: "silly" });
  assert.equal(decision?.time, new Date(clock.now()).toISOString());
});

test("the train export is the coming pool once the approval is finished", async () => {
  const store = await filled("coming");
  store.iterations.open({ number: 1, config: config, prompts: {}, decisionFloor: 0 }, 1);
  store.iterations.begin(1, "generation", 0, 1);
  const id = addCandidate(store, "new one");
  const review = new Review({ store, clock, actor: "me" });
  review.approve([id]);
  assert.deepEqual(JSON.parse(await text(store, "train")), ROWS);
  store.decisions.add({ actor: "me", kind: "finish", subject: "iteration:1", payload: {}, groupId: "f" }, 1);
  assert.deepEqual(JSON.parse(await text(store, "train")), [{ instruction: "new one", input: "", output: "" }]);
  assert.equal(JSON.parse(await text(store, "cache")).length, 4);
});

test("a folder that is not there is told in one sentence", async () => {
  const store = newStore(folder);
  await assert.rejects(exportRows(store, config, "train", join(folder, "no", "where.json")), { name: "LionError" });
});

test("an export tells how far it is; one that is stopped leaves the file as it was", async () => {
  const rows = Array.from({ length: 1200 }, (_, place) => ({ instruction: `row ${place}`, input: "", output: "" }));
  const store = await filled("watched", rows);
  const file = join(folder, "watched-out.json");
  const told: Array<[number, number | null]> = [];
  await exportRows(store, config, "train", file, { onProgress: (...news) => told.push(news) });
  assert.deepEqual(told, [
    [500, 1200],
    [1000, 1200],
  ]);
  const before = readFileSync(file, "utf8");
  const stop = new AbortController();
  const options = { signal: stop.signal, onProgress: () => stop.abort() };
  await assert.rejects(exportRows(store, config, "train", file, options), /was stopped: nothing was written/);
  assert.equal(readFileSync(file, "utf8"), before);
});
