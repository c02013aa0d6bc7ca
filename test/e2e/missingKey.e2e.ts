import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { PaidEndpoint } from "./harness/paidEndpoint.ts";
import { workFolder } from "./harness/projects.ts";
import { filesWith, processesWith } from "./harness/secrets.ts";

const KEY = "sk-of-one-host-only-5f1d0b";
const SIZES = { pool: 40, newInstructions: 4, panel: 2, maxRated: 20, testPerCell: 1 };

describe("an endpoint that wants a key", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("gets the key that is typed for it; another host gets none, and no file shows it", async (context) => {
    const made = await LoopProject.oracle(context, SIZES);
    const mine = await PaidEndpoint.start(context, made, KEY);
    const foreign = await PaidEndpoint.start(context, made, KEY);
    mine.serve(made);
    const folder = copyOf(context, made);
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");

    await window.quickInput.runCommand("Lion: Run Next Iteration");
    await window.dialog.choose("Run");
    await window.notifications.choose(/key/, "Set API Key…");
    await window.quickInput.input.waitFor();
    assert.equal(await window.quickInput.input.getAttribute("type"), "password");
    await window.quickInput.answer(`Sent to ${mine.origin} and to no other host`, KEY);
    await window.statusBar.item("Lion: 4 to review").waitFor();
    assert.deepEqual([...mine.authorizations], [`Bearer ${KEY}`]);
    assert.deepEqual(processesWith(KEY), [], "no process shows the key");

    const exported = join(workFolder(context), "ratings.jsonl");
    await window.evaluate(
      (vscode, file) => void vscode.commands.executeCommand("lion.export", { what: "ratings", file }),
      exported,
    );
    await window.notifications.toast(/rows were written to/).waitFor();
    const review = window.tree("To Review");
    await review.toggleCheckbox(review.row(/^Waiting, 4/));
    await review.titleAction("Approve Checked");
    await review.row(/^Approved, 4/).waitFor();
    await review.titleAction("Finish Approval");
    await window.dialog.choose("Finish");
    await window.notifications.toast("4 approved instructions are the next Train pool.").waitFor();

    // A project file that now names somebody else's host: the key stays where it was typed for.
    const config = join(folder, "lion.json");
    writeFileSync(config, readFileSync(config, "utf8").replaceAll(mine.origin, foreign.origin));
    const { calls } = mine;
    await window.quickInput.runCommand("Lion: Run Next Iteration");
    await window.dialog.choose("Run");
    const refusal = window.notifications.toast(foreign.origin);
    await refusal.getByRole("button", { name: "Set API Key…" }).waitFor();
    assert.deepEqual([foreign.calls, mine.calls], [0, calls], "nobody is asked");

    await window.command("notifications.showList");
    assert.ok(!(await window.page.innerHTML("body")).includes(KEY), "the window shows the key");
    for (const place of [folder, join(exported, ".."), editor.server.folder]) {
      assert.deepEqual(filesWith(place, KEY), [], `files of ${place} hold the key`);
    }
    assertHealthy(editor, [window], [KEY]);
  });
});
