import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LoopProject } from "../support/loopProject.ts";
import { copyOf, look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";

const PAGE = 20;
const CANDIDATES = 50;
/** Rows checked by hand on the first page. */
const BY_HAND = 3;

describe("approving candidates", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "lion.pageSize": PAGE, "git.enabled": false } });
  });
  after(() => editor.stop());

  it("goes over pages, is undone by one command, and ends with pools that have switched", async (context) => {
    const sizes = { pool: 120, newInstructions: CANDIDATES, panel: 4, maxRated: 100, testPerCell: 1 };
    const made = await LoopProject.oracle(context, sizes);
    await made.runUntilStopped({ approval: "manual" });
    const folder = copyOf(context, made);
    const window = await editor.openWindow(context, { folder, size: { width: 1400, height: 1400 } });
    await window.activityBar.open("Lion");
    for (const name of ["Iterations", "Train Pool", "Cache Pool", "Checkpoints & Jobs"]) {
      await window.tree(name).hide();
    }
    const review = window.tree("To Review");
    const waiting = review.row(/^Waiting, 50/);
    await waiting.waitFor();
    const rows = review.row(/^Waiting, candidate/);

    for (let at = 0; at < BY_HAND; at++) {
      await review.toggleCheckbox(rows.nth(at));
    }
    await review.row(/Load more \(30 left\)/).click();
    await review.row(/Load more \(10 left\)/).waitFor();
    await review.toggleCheckbox(rows.nth(PAGE + 5));
    await review.pane.getByText("4 checked").waitFor();
    await review.titleAction("Approve Checked");
    await review.row(/^Approved, 4/).waitFor();
    await window.quickInput.runCommand("Lion: Undo Last Decision");
    await review.row(/^Approved, 0/).waitFor();
    await waiting.waitFor();

    // The bucket's box stands for the rows that are loaded: two pages of three.
    await review.toggleCheckbox(waiting);
    await review.pane.getByText("40 checked").waitFor();
    await review.titleAction("Approve Checked");
    await review.row(/^Approved, 40/).waitFor();
    await review.inlineAction(rows.first(), "Refuse");
    await window.quickInput.pick("It does not say what is wanted");
    await review.row(/^Refused, 1/).waitFor();
    await review.row(/^Waiting, 9/).waitFor();

    await review.titleAction("Finish Approval");
    const question = await window.dialog.text();
    for (const line of ["40 approved: ", "1 refused.", "9 still wait", "10 fewer than the 50 wanted."]) {
      assert.ok(question.includes(line), `“${line}” is missing in: ${question}`);
    }
    await window.dialog.choose("Finish");
    await window.notifications.choose("40 approved instructions are the next Train pool.", "Run Next Iteration");
    const train = window.tree("Train Pool");
    await train.show();
    await train.row(/^Generated, 40/).waitFor();
    await window.statusBar.item("Lion: 50 to review").waitFor();
    await review.row(/^Waiting, 59/).waitFor();
    const { pool, refused } = look(folder, ({ pools, decisions }) => ({
      pool: pools.train(2),
      refused: decisions.upTo().find(({ kind }) => kind === "refuse"),
    }));
    assert.equal(pool.length, 40);
    assert.deepEqual(refused?.payload, { reason: "unclear" });
    assertHealthy(editor, [window]);
  });
});
