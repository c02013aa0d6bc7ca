import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Ended, lion, lionJson, query } from "../support/lionCommand.ts";

interface Listed {
  readonly id: number;
  readonly state: string;
  readonly instruction: string;
}

const TEXTS = [
  "Explain why the leaves of many trees turn red in autumn.",
  "List three questions to ask before renting a flat.",
  "Write a limerick about a clock that runs backwards.",
];

let folder = "";
let project = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "lion-review-"));
  project = join(folder, "small");
  const rows = join(folder, "rows.jsonl");
  writeFileSync(rows, TEXTS.map((instruction) => JSON.stringify({ instruction, input: "", output: "" })).join("\n"));
  await lionJson(["init", project, "--sandbox", "replay", "--set", rows]);
  await lionJson(["import", rows, "--into", "candidates", "--outputs", "drop", "--project", project]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const review = (...args: string[]): Promise<Ended> => lion(["review", ...args, "--project", project]);
const reviewJson = <T>(...args: string[]): Promise<T> => lionJson<T>(["review", ...args, "--project", project]);
const listed = (state = "waiting"): Promise<Listed[]> => reviewJson("list", "--state", state);

test("what is undone is made again by redo, each person's own alone, with the time and the note of each act", async () => {
  const [first, second] = (await listed()).map(({ id }) => String(id)) as [string, string];
  await reviewJson("approve", first, "--actor", "ada", "--milliseconds", "900", "--note", "good");
  await reviewJson("refuse", second, "--reason", "dull", "--actor", "bob");
  assert.deepEqual(query(project, "SELECT actor, payload, milliseconds FROM decision WHERE kind = 'approve'"), [
    { actor: "ada", payload: '{"note":"good"}', milliseconds: 900 },
  ]);
  const by = ["--actor", "ada"];
  assert.match((await review("redo", ...by)).stdout, /There is nothing of yours to redo/);
  assert.deepEqual(await reviewJson("undo", ...by), { undone: 1, kinds: ["approve"], trained: [] });
  assert.deepEqual(await reviewJson("redo", ...by), { redone: 1, kinds: ["approve"] });
  assert.deepEqual(
    (await listed("approved")).map(({ id }) => String(id)),
    [first],
  );
  await reviewJson("undo", ...by);
  await reviewJson("undo", "--actor", "bob");
});

test("edit reads the new text from standard input and says what the filters made of it", async () => {
  const [first, second] = (await listed()).map(({ id }) => id) as [number, number];
  const text = { instruction: "Explain in one paragraph why the sky turns red at dusk.", input: "" };
  const args = ["review", "edit", String(first), "--project", project, "--actor", "ada"];
  const edited = await lionJson<Record<string, unknown>>(args, { input: JSON.stringify(text) });
  assert.deepEqual([edited.replaces, edited.filter], [first, null]);
  assert.deepEqual((await listed()).map(({ instruction }) => instruction).includes(text.instruction), true);
  const near = ["--instruction", "Explain in one paragraph why the sky turns red at dawn."];
  const refused = await review("edit", String(second), ...near, "--actor", "ada");
  assert.match(refused.stdout, /stands in the place of #\d+, but the filter "too-similar" refuses it/);
  await reviewJson("undo", "--actor", "ada");
});

test("what cannot be done ends with 2 and one sentence, and stores nothing", async () => {
  const before = query(project, "SELECT count(*) AS n FROM decision");
  const id = String((await listed())[0]?.id);
  const cases: Array<[string[], RegExp]> = [
    [["edit", id], /Standard input holds no new text: give \{"instruction"/],
    [["edit", id, "--instruction", " "], /is empty/],
    [["edit", "999", "--instruction", "x"], /#999 is no candidate/],
    [["correct", id], /The answer to #\d+ is empty/],
    [["judge", id, "--as", "tie"], /has no verdict/],
    [["score", id, "--iteration", "1", "--teacher", "11", "--student", "3"], /is no score|has no verdict/],
    [["judge", id, "--as", "maybe"], /Allowed choices are teacher, tie, student, hard, easy, agree/],
  ];
  for (const [args, sentence] of cases) {
    const { code, stderr } = await review(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, sentence);
  }
  assert.deepEqual(query(project, "SELECT count(*) AS n FROM decision"), before);
  assert.match((await review("disputes")).stdout, /Nothing is in dispute/);
});
