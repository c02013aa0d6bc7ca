import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stateOf } from "../../src/core/review/candidateState.ts";
import { effectiveState, holding } from "../../src/core/review/fold.ts";
import type { Decision } from "../../src/core/store/decisions.ts";
import type { Store } from "../../src/core/store/store.ts";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

const NEW = 40;
/** A word of some of the candidates. */
const WORD = "letters";
/** How many of those that an act on many is about are shown before it. */
const SHOWN = 5;

/** The editor writes what it keeps over a reload every five seconds. */
const SAVED_MS = 6000;

const inForce = (folder: string): Decision[] => look(folder, ({ decisions }) => holding(decisions.upTo()));
const textOf = ({ instructions }: Store, id: number): string => instructions.get(id)?.turns.at(-1)?.content ?? "";

/** Ids of the candidates in a state, by the decisions in force. */
function inState(folder: string, state: ReturnType<typeof stateOf>): number[] {
  return look(folder, ({ candidates, decisions }) => {
    const decided = effectiveState(decisions.upTo());
    return candidates.all().flatMap((one) => (stateOf(one, decided) === state ? [one.instructionId] : []));
  });
}

describe("reviewing in bulk, and what is not as the generator wrote it", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  async function open(context: TestContext): Promise<{ folder: string; window: EditorWindow; desk: Desk }> {
    const sizes = { pool: 60, testPerCell: 1, newInstructions: NEW, panel: 4, maxRated: 60 };
    const made = await LoopProject.oracle(context, sizes, (config) => ({
      ...config,
      review: { ...config.review, askAhead: 0, again: 0 },
    }));
    await made.runUntilStopped({ approval: "manual" });
    await made.use(({ connection }) =>
      connection
        .prepare(
          `UPDATE candidate SET filter = 'too-short', filter_detail = 'It has 1, the least is 3.'
           WHERE instruction_id IN (SELECT instruction_id FROM candidate WHERE filter IS NULL LIMIT 2)`,
        )
        .run(),
    );
    const folder = copyOf(context, made);
    const window = await editor.openWindow(context, { folder, size: { width: 1400, height: 1200 } });
    await window.command("lion.openReview");
    const desk = await Desk.of(window, "Lion Review");
    await desk.focus();
    return { folder, window, desk };
  }

  async function choose({ page, quickInput }: EditorWindow, desk: Desk, name: string | RegExp, title: string | RegExp) {
    await page.keyboard.press("f");
    await quickInput.pick(name);
    await desk.frame.getByRole("heading", { level: 1, name: title }).waitFor();
  }

  it("decides on all that match the queue's words after showing some, and one key takes it back", async (context) => {
    const { folder, window, desk } = await open(context);
    const { page, quickInput, dialog } = window;
    const waiting = inState(folder, "waiting");
    const matching = look(folder, (store) => waiting.filter((id) => textOf(store, id).includes(WORD)));
    assert.ok(matching.length > SHOWN && matching.length < waiting.length);
    await page.keyboard.press("f");
    await quickInput.pick("Text…");
    await quickInput.answer(/has all of these words/, WORD);
    await desk.frame.getByRole("heading", { level: 1, name: `“${WORD}”` }).waitFor();

    for (const [pick, button, kind] of [
      ["Approve all", "Approve", "approve"],
      ["Refuse all", "Refuse", "refuse"],
      ["Exclude all", "Exclude", "exclude"],
    ] as const) {
      await page.keyboard.press("b");
      await quickInput.pick(`${pick} ${matching.length}`);
      if (kind !== "approve") {
        await quickInput.pick("It does not say what is wanted");
      }
      await dialog.root.waitFor();
      const question = await dialog.text();
      assert.ok(question.includes(`${button} ${matching.length} `), question);
      const shown = [...question.matchAll(/#(\d+)/g)].map(([, id]) => Number(id));
      assert.equal(shown.length, SHOWN);
      assert.ok(shown.every((id) => matching.includes(id) && question.includes(look(folder, (s) => textOf(s, id)))));
      assert.deepEqual(inForce(folder), [], "nothing is stored before it is confirmed");
      if (kind === "approve") {
        await dialog.choose("Cancel");
        await dialog.root.waitFor({ state: "hidden" });
        assert.deepEqual(inForce(folder), []);
        await page.keyboard.press("b");
        await quickInput.pick(`${pick} ${matching.length}`);
      }
      await dialog.choose(button);
      await until(() => inForce(folder).length > 0, `all are decided: ${kind}`);
      const decided = inForce(folder);
      assert.deepEqual(
        decided.map((one) => [one.kind, Number(one.subject.split(":")[1])]),
        matching.map((id) => [kind, id]),
      );
      assert.equal(new Set(decided.map(({ groupId }) => groupId)).size, 1);
      await desk.frame.getByText("All done").waitFor();
      await desk.frame.getByText(`${matching.length} done, 0 left`).first().waitFor();
      await page.keyboard.press("u");
      await until(() => inForce(folder).length === 0, "one key has taken all of it back");
      await desk.frame.locator("article h2").first().waitFor();
      assert.match(await desk.said(), new RegExp(`Undone: ${matching.length} `));
    }
    assert.deepEqual(inState(folder, "waiting"), waiting);
    assertHealthy(editor, [window]);
  });

  it("keeps a queue under a name, also over a reload", async (context) => {
    const { window, desk } = await open(context);
    const { page, quickInput } = window;
    await page.keyboard.press("f");
    await quickInput.pick("Text…");
    await quickInput.answer(/has all of these words/, WORD);
    await desk.frame.getByRole("heading", { level: 1, name: `“${WORD}”` }).waitFor();
    await page.keyboard.press("f");
    await quickInput.pick("Save This Queue…");
    await quickInput.answer(/A name/, "First of all");
    await choose(window, desk, "longest first", /longest first/);
    await choose(window, desk, "takes the words away", /^Waiting, longest first/);
    await pause(SAVED_MS);
    await window.reload();
    // The editor brings back only panels that it has had some seconds to note.
    await window.command("lion.openReview");
    await desk.comesBack();
    await desk.frame.getByRole("heading", { level: 1, name: /^Waiting, longest first/ }).waitFor();
    await desk.focus();
    await choose(window, desk, "First of all", `Waiting, “${WORD}”, oldest first`);
    await page.keyboard.press("f");
    await quickInput.pick("Delete a Saved Queue…");
    await quickInput.pick("First of all");
    await page.keyboard.press("f");
    await quickInput.row("Save This Queue…").first().waitFor();
    assert.equal(await quickInput.row("First of all").count(), 0);
    assertHealthy(editor, [window]);
  });

  it("overrules a filter with a note, edits, and finishes the approval, after which the pools switch", async (context) => {
    const { folder, window, desk } = await open(context);
    const { page, quickInput, dialog } = window;
    const filtered = inState(folder, "filtered");
    await choose(window, desk, /^Filtered/, /^Filtered/);
    const overruled = await desk.item();
    assert.ok(filtered.includes(overruled));
    await desk.frame.getByText("It has 1, the least is 3.").first().waitFor();
    await page.keyboard.press("a");
    await quickInput.message.filter({ hasText: /Why is it good all the same/ }).waitFor();
    await quickInput.input.press("Enter");
    await quickInput.message.filter({ hasText: /A note is needed/ }).waitFor();
    assert.deepEqual(inForce(folder), []);
    await quickInput.type("Short, and still clear.");
    await until(() => inForce(folder).length === 1, "the filter is overruled");
    const [overrule] = inForce(folder);
    assert.deepEqual(overrule?.payload, { overrule: true, note: "Short, and still clear." });

    // An edit takes the original's place, and the filters judge it.
    await choose(window, desk, /^Waiting/, /^Waiting/);
    const edit = async (text: string): Promise<{ original: number; edited: number }> => {
      const original = await desk.item();
      await page.keyboard.press("e");
      const field = desk.frame.locator("lion-edit-form textarea:focus");
      await field.waitFor();
      await field.selectText();
      await page.keyboard.type(text);
      await page.keyboard.press("Control+Enter");
      await until(async () => (await desk.item()) !== original, "the new version is on screen");
      return { original, edited: await desk.item() };
    };
    const good = await edit("Write the word lantern backwards, then name its third letter.");
    const changes = desk.frame.locator(".edited .changes");
    await changes.locator("ins").first().waitFor();
    await changes.locator("del").first().waitFor();
    assert.match(await desk.said(), new RegExp(`#${good.edited} stands in the place of #${good.original}\\.`));
    const supersedes = (id: number): number | null | undefined =>
      look(folder, ({ instructions }) => instructions.get(id)?.supersedes);
    assert.equal(supersedes(good.edited), good.original);
    assert.deepEqual(
      [good.original, good.edited].map((id) => inState(folder, "replaced").includes(id)),
      [true, false],
    );
    await desk.pressOn("a");
    const bad = await edit("Write the word lantern backwards, then name its second letter.");
    assert.match(await desk.said(), /but a filter refuses it: .*too much like/);
    assert.ok(inState(folder, "filtered").includes(bad.edited));
    await page.keyboard.press("u");
    await until(() => inState(folder, "waiting").includes(bad.original), "the edit is taken back");

    const approved = inState(folder, "approved").sort((a, b) => a - b);
    assert.deepEqual(approved, [overruled, good.edited]);
    await desk.frame.locator("vscode-button", { hasText: "Finish Approval" }).click();
    await dialog.root.waitFor();
    const question = await dialog.text();
    for (const line of ["2 approved: ", `${NEW - 2} fewer than the ${NEW} wanted.`, "becomes the next Train pool"]) {
      assert.ok(question.includes(line), `“${line}” is missing in: ${question}`);
    }
    await dialog.choose("Finish");
    await window.notifications.choose("2 approved instructions are the next Train pool.", "Run Next Iteration");
    await until(() => look(folder, ({ pools }) => pools.train(2)).length > 0, "the pools have switched");
    assert.deepEqual(
      look(folder, ({ pools }) => pools.train(2)).sort((a, b) => a - b),
      approved,
    );
    await window.statusBar.item(/to review/).waitFor({ timeout: 180_000 });
    assertHealthy(editor, [window]);
  });
});
