import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";

const TITLE = "Distil a student with Lion";
const STEPS = {
  demo: "Open the sandbox demo",
  look: "See where the student stands",
  approve: "Approve what the generator wrote",
  run: "Run the next iteration",
  hard: "Review a hard instruction",
} as const;

/** An iteration of the demo, on a machine that is busy. */
const ITERATION_MS = 300_000;

describe("the walkthrough", () => {
  let editor: EditorServer;
  before(async () => {
    // No Python that could train: the sandbox speaks for the student.
    editor = await EditorServer.start({ environment: { LION_PYTHON: "/nowhere/python" } });
  });
  after(() => editor.stop());

  it("leads from an empty window to a reviewed hard instruction, and ticks each step", async (context) => {
    const window = await editor.openWindow(context, { folder: null });
    const { walkthrough } = window;
    await window.quickInput.runCommand("Welcome: Open Walkthrough...");
    await window.quickInput.pick(TITLE);
    await window.opensFolder(() => walkthrough.follow(STEPS.demo, "Open Sandbox Demo"));
    // The editor's own first page comes a moment after the window, and would take the walkthrough's place.
    await window.editors.tab("Welcome").waitFor();
    await window.notifications.choose("The sandbox demo is ready.", "Open Walkthrough");
    await walkthrough.tick(STEPS.demo).waitFor();
    // A page that is only looked at gives way to the next one.
    await window.editors.tab("Welcome").dblclick();

    await walkthrough.follow(STEPS.look, "Open Dashboard");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await dashboard.locator(".chart svg").first().waitFor();
    await walkthrough.comeBack(TITLE);
    await walkthrough.tick(STEPS.look).waitFor();

    const review = window.tree("To Review");
    await walkthrough.follow(STEPS.approve, "Go to To Review");
    for (const row of [0, 1, 2]) {
      await review.toggleCheckbox(review.row(/^Waiting, candidate/).nth(row));
    }
    await review.titleAction("Approve Checked");
    await review.row(/^Waiting, 397/).waitFor();
    await review.titleAction("Finish Approval");
    await window.dialog.root.getByText("3 approved").waitFor();
    await window.dialog.choose("Finish");
    await walkthrough.tick(STEPS.approve).waitFor();

    await walkthrough.follow(STEPS.run, "Run Next Iteration");
    await window.statusBar.item("Lion: discrimination").waitFor({ timeout: ITERATION_MS });
    await window.statusBar.item("Lion: 400 to review").waitFor({ timeout: ITERATION_MS });
    await walkthrough.tick(STEPS.run).waitFor();

    const cache = window.tree("Cache Pool");
    await walkthrough.follow(STEPS.hard, "Go to Cache Pool");
    await cache.expand(cache.row(/^Hard, \d+ instructions/));
    await cache
      .row(/^Hard, instruction/)
      .first()
      .click();
    await window.editors.tab(/teacher ↔ student · gap/).waitFor();
    await window.editors.tab(/^Walkthrough/).click();
    for (const step of Object.values(STEPS)) {
      await walkthrough.tick(step).waitFor();
    }
    assertHealthy(editor, [window]);
  });
});
