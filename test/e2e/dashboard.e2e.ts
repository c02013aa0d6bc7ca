import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { demoProject } from "./harness/projects.ts";

/** In a browser the editor saves what its pages remember every five seconds. */
const SAVED_MS = 6000;

describe("the dashboard", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("shows the demo's figures, leads from one to its rows by keys, and comes back after a reload", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    await window.quickInput.runCommand("Lion: Open Dashboard");
    let page = await window.editors.webview("Lion Dashboard");
    await page.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await page.locator(".chart svg").first().waitFor();
    await page.getByRole("button", { name: "Show Table: Gaps around τ" }).click();
    assert.deepEqual(await accessibilityProblems(page), []);
    const allHard = page.getByRole("row", { name: /^All hard/ }).getByRole("button");
    await allHard.focus();
    await window.page.keyboard.press("Enter");
    await window.tree("Cache Pool").row(/^Hard/).first().waitFor();

    await pause(SAVED_MS);
    await window.reload();
    await window.editors.tab("Lion Dashboard").click();
    page = await window.editors.webview("Lion Dashboard");
    await page.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await page.getByRole("button", { name: "Hide Table: Gaps around τ" }).waitFor();
    assert.deepEqual(window.violations, []);
  });
});
