import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { demoProject } from "./harness/projects.ts";

const VIEWS = ["Iterations", "Train Pool", "Cache Pool", "To Review", "Checkpoints & Jobs"];

describe("the packaged extension in the editor", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("shows its views in a folder with a project, and nothing breaks the security policies", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    await window.activityBar.open("Lion");
    for (const view of VIEWS) {
      await window.tree(view).pane.waitFor();
    }
    const active = await window.evaluate(
      (vscode) => vscode.extensions.getExtension("lion-curator.lion-curator")?.isActive,
    );
    assert.equal(active, true);
    assert.deepEqual(window.violations, []);
  });

  it("draws the dashboard under its security policy, for everybody to use", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    await window.quickInput.runCommand("Lion: Open Dashboard");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByRole("heading").first().waitFor();
    assert.deepEqual(await accessibilityProblems(dashboard), []);
    assert.deepEqual(window.violations, []);
  });

  it("comes back after a reload, and runs commands by keys", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context), theme: "light" });
    await window.reload();
    await window.quickInput.runCommand("Lion: Show Log");
    await window.page.getByRole("tab", { name: /^Output/ }).waitFor();
  });
});
