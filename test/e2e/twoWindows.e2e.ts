import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

/** How long the other window may take to show what happened in one. */
const SEEN_MS = 2000;

describe("two windows on one project", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("attach to one engine, pause it from either, and see each other's decisions", async (context) => {
    const folder = await sandboxProject(context, { latencyMs: 250 });
    const records = new Records(context, folder);
    const first = await editor.openWindow(context, { folder });
    const second = await editor.openWindow(context, { folder });
    for (const window of [first, second]) {
      await window.activityBar.open("Lion");
    }
    await first.tree("Iterations").titleAction("Run Next Iteration");
    await until(() => records.answers().size > 10, "answers are stored");
    const { engine } = records;
    await second.statusBar.item(/Lion: discrimination \d/).waitFor();

    await second.tree("Iterations").titleAction("Pause");
    for (const window of [first, second]) {
      await window.statusBar.item("Lion: discrimination stopped").waitFor();
    }
    await second.tree("Iterations").titleAction("Resume");
    await until(() => records.engine !== null, "an engine is at work");
    assert.equal(records.engine, engine, "both windows still share the one engine");
    for (const window of [first, second]) {
      await window.statusBar.item("Lion: 8 to review").waitFor({ timeout: 120_000 });
    }

    const candidate = first
      .tree("To Review")
      .row(/^Waiting, candidate/)
      .first();
    await first.tree("To Review").inlineAction(candidate, "Approve");
    await until(() => records.approved().length === 1, "the decision is stored");
    await second
      .tree("To Review")
      .row(/^Waiting, 7/)
      .waitFor({ timeout: SEEN_MS });
    records.assertAskedOnce();
    assertHealthy(editor, [first, second]);
  });
});
