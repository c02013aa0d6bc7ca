import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { PaidEndpoint } from "./harness/paidEndpoint.ts";

const KEY = "sk-with-little-money-9c2e";
const SIZES = { pool: 40, newInstructions: 4, panel: 2, maxRated: 20, testPerCell: 1 };
const SMALL = 15;

describe("an allowance", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("is asked for with the estimate, pauses the run when it is used up, and can be raised", async (context) => {
    const made = await LoopProject.oracle(context, SIZES);
    const endpoint = await PaidEndpoint.start(context, made, KEY);
    endpoint.serve(made);
    const folder = copyOf(context, made);
    const window = await editor.openWindow(context, { folder });
    await window.activityBar.open("Lion");
    await window.quickInput.runCommand("Lion: Set API Key…");
    await window.quickInput.answer(`Sent to ${endpoint.origin}`, KEY);

    await window.quickInput.runCommand("Lion: Estimate Next Iteration");
    await window.editors.tab(/Estimate/).waitFor();
    assert.match(await window.editors.text(), /Estimate for iteration 1/);
    await window.quickInput.runCommand("Lion: Run Next Iteration");
    await window.dialog.root.getByText("Run iteration 1?").waitFor();
    assert.match(await window.dialog.text(), /Until its end it takes .*requests/);
    assert.equal(endpoint.calls, 0, "nothing is sent before it is allowed");
    await window.dialog.choose("Change Allowance…");
    await window.quickInput.answer("Requests in all", String(SMALL));
    await window.quickInput.answer("USD in all", "");

    await window.notifications.toast("The allowance of iteration 1 is used up, so the stage pauses.").waitFor();
    assert.equal(endpoint.calls, SMALL, "all that is allowed and not one more");
    await window.notifications.choose("The allowance of iteration 1 is used up", "Raise Allowance…");
    await window.dialog.root.getByText("Raise the allowance of iteration 1?").waitFor();
    const [, allowed] = /Allowed in all: ([\d,]+) requests/.exec(await window.dialog.text()) ?? [];
    assert.equal(endpoint.calls, SMALL);
    await window.dialog.choose("Allow and Go On");
    await window.statusBar.item("Lion: 4 to review").waitFor();
    assert.ok(endpoint.calls <= Number(allowed?.replaceAll(",", "")), `${endpoint.calls} of ${allowed}`);
    assertHealthy(editor, [window], [KEY]);
  });
});
