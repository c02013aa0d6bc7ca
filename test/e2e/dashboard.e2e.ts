import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { demoProject } from "./harness/projects.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with the page in a frame, one line a rule. */
async function accessibilityProblems(window: EditorWindow): Promise<string[]> {
  const frame = await window.editors.webview("Lion Dashboard").locator("html").elementHandle();
  const document = await frame?.ownerFrame();
  assert.ok(document);
  await document.evaluate(axe);
  return document.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: Array<{ id: string; nodes: Array<{ html: string }> }> }> };
    };
    const { violations } = await checker.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}

describe("the dashboard", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("shows the demo's figures, leads from one to its rows by keys, and comes back after a reload", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    await window.quickInput.runCommand("Lion: Open Dashboard");
    const page = window.editors.webview("Lion Dashboard");
    await page.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await page.getByRole("img").or(page.locator(".chart svg")).first().waitFor();
    assert.deepEqual(await accessibilityProblems(window), []);
    await window.keepPicture("dashboard");

    await page.getByRole("button", { name: "Show Table: Gaps around τ" }).click();
    const allHard = page.getByRole("row", { name: /^All hard/ }).getByRole("button");
    await allHard.focus();
    await window.page.keyboard.press("Enter");
    await window.tree("Cache Pool").row(/^Hard/).first().waitFor();

    await window.reload();
    await window.editors.tab("Lion Dashboard").click();
    await page.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await page.getByRole("button", { name: "Hide Table: Gaps around τ" }).waitFor();
    assert.deepEqual(window.violations, []);
  });
});
