import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { THEMES } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { demoProject } from "./harness/projects.ts";

/** What the editor calls a webview's body in each theme. */
const BODIES: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: "vscode-dark",
  light: "vscode-light",
  "high contrast": "vscode-high-contrast",
  "high contrast light": "vscode-high-contrast-light",
};

describe("the dashboard, for everybody", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("can be read in every theme, with its tables open, in a wide and in a narrow window", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    await window.quickInput.runCommand("Lion: Open Dashboard");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByRole("heading", { name: "Distillation curve" }).waitFor();
    const shows = dashboard.getByRole("button", { name: /^Show Table/ });
    while ((await shows.count()) > 0) {
      await shows.first().click();
    }
    for (const theme of Object.keys(BODIES) as Array<keyof typeof THEMES>) {
      await window.changeTheme(theme);
      await dashboard.locator(`body.${BODIES[theme]}`).waitFor();
      assert.deepEqual(await accessibilityProblems(dashboard), [], theme);
    }
    await window.command("workbench.action.closeSidebar");
    await window.page.setViewportSize({ width: 400, height: 900 });
    await dashboard.waitForFunction(() => innerWidth < 400);
    assert.deepEqual(await accessibilityProblems(dashboard), [], "400 pixels wide");
    const overflow = await dashboard.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0, "Nothing must be scrolled to from side to side.");
    assertHealthy(editor, [window]);
  });
});
