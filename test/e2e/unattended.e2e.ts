import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

describe("an unattended run", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("goes on to the approval after its window is gone, and another window shows it", async (context) => {
    const folder = await sandboxProject(context, { latencyMs: 250 });
    const records = new Records(context, folder);
    const window = await editor.openWindow(context, { folder });
    await window.quickInput.runCommand("Lion: Run Unattended");
    await until(() => records.answers().size > 10, "answers are stored");
    const { engine } = records;
    await window.leave();
    const left = records.answers().size;
    assert.equal(records.stage(1, "discrimination"), "running");

    await until(() => records.stage(1, "generation") === "waiting", "the run has come to the approval");
    assert.ok(records.answers().size > left);
    await until(() => records.engine !== engine, "the engine has ended");
    records.assertAskedOnce();

    const next = await editor.openWindow(context, { folder });
    await next.statusBar.item("Lion: 8 to review").waitFor();
    await next.activityBar.open("Lion");
    await next
      .tree("To Review")
      .row(/^Waiting, 8/)
      .waitFor();
    assertHealthy(editor, [window, next]);
  });
});
