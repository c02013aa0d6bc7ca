import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { assertKept, Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

describe("an engine that dies", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("is told of at once, and a click goes on without losing or asking anything twice", async (context) => {
    const folder = await sandboxProject(context, { latencyMs: 250 });
    const records = new Records(context, folder);
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");
    await window.tree("Iterations").welcome.getByRole("button", { name: "Run Next Iteration" }).click();
    await until(() => records.answers().size > 10, "answers are stored");

    const engine = records.engine;
    assert.ok(engine !== null);
    const stored = records.answers();
    process.kill(engine, "SIGKILL");
    await window.notifications.choose("The engine ended unexpectedly; nothing stored is lost.", "Resume");

    await window.statusBar.item("Lion: 8 to review").waitFor({ timeout: 120_000 });
    assertKept(stored, records.answers());
    records.assertAskedOnce();
    assertHealthy(editor, [window]);
  });
});
