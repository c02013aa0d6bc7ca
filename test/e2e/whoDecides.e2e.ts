import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

const ASKED = /Your name in the decision log/;
const SIZES = { pool: 40, newInstructions: 8, panel: 4, maxRated: 30, testPerCell: 1 };

describe("who decides", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "lion.name": "", "git.enabled": false } });
  });
  after(() => editor.stop());

  it("is asked once, with the first decision; without a name nothing is decided", async (context) => {
    const made = await LoopProject.oracle(context, SIZES);
    made.change((config) => ({ ...config, review: { ...config.review, askAhead: 0, again: 0 } }));
    await made.runUntilStopped({ approval: "manual" });
    const folder = copyOf(context, made);
    const actors = (): string[] => look(folder, ({ decisions }) => decisions.upTo().map(({ actor }) => actor));
    const window = await editor.openWindow(context, { folder });
    const { quickInput, page } = window;
    const asked = quickInput.message.filter({ hasText: ASKED });
    await window.command("lion.openReview");
    const desk = await Desk.of(window, "Lion Review");
    await desk.focus();
    const first = await desk.item();

    /** Decides with a key, and is not asked for anything. */
    const decideUnasked = async (where: Desk, key: string, expected: readonly string[]): Promise<void> => {
      await where.focus();
      await page.keyboard.press(key);
      await until(() => actors().length === expected.length, `${key} is stored`);
      assert.deepEqual(actors(), expected);
      assert.ok(await quickInput.root.isHidden(), "nothing is asked");
    };

    await page.keyboard.press("a");
    await asked.waitFor();
    assert.notEqual(await quickInput.input.inputValue(), "", "a name is proposed");
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "hidden" });
    assert.deepEqual([await desk.item(), actors()], [first, []], "nothing is stored");
    assert.deepEqual(await window.notifications.texts(), [], "nothing need be said");

    await desk.focus();
    await page.keyboard.press("a");
    await asked.waitFor();
    await quickInput.input.fill("Lion");
    await quickInput.message.filter({ hasText: "stands for what no person decided" }).waitFor();
    await page.keyboard.press("Enter");
    assert.deepEqual(actors(), [], "a policy's name is not taken");
    await quickInput.input.fill("Ada Lovelace");
    await page.keyboard.press("Enter");
    await until(() => actors().length === 1, "the decision is stored under the name");
    assert.deepEqual(actors(), ["Ada Lovelace"]);
    assert.deepEqual(
      look(folder, ({ decisions }) => decisions.upTo().map(({ subject }) => subject)),
      [`instruction:${first}`],
      "it is about the item that was on screen when it was asked",
    );
    await desk.frame.locator(".actor").filter({ hasText: "Ada Lovelace" }).waitFor();
    await decideUnasked(desk, "a", Array(2).fill("Ada Lovelace"));

    await window.reload();
    // The editor brings back only panels that it has had some seconds to note.
    await window.command("lion.openReview");
    await desk.comesBack();
    await desk.frame.locator(".actor").filter({ hasText: "Ada Lovelace" }).waitFor();
    await decideUnasked(desk, "1", Array(3).fill("Ada Lovelace"));
    await window.command("lion.openCompare", { iteration: 1, group: "all", sort: "gap" });
    const compare = await Desk.of(window, "Lion Compare");
    await decideUnasked(compare, "2", Array(4).fill("Ada Lovelace"));

    await quickInput.runCommand("Lion: Change Name…");
    await quickInput.answer(ASKED, "Grace Hopper");
    await decideUnasked(compare, "3", [...Array(4).fill("Ada Lovelace"), "Grace Hopper"]);
    assertHealthy(editor, [window]);
  });
});
