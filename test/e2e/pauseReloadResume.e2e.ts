import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { assertKept, Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

describe("a run that is interrupted", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("is paused, resumed, left with its window, resumed by the offer, and asks nothing twice", async (context) => {
    const folder = await sandboxProject(context, { latencyMs: 800 });
    const records = new Records(context, folder);
    const window = await editor.openWindow(context, { folder });
    const iterations = window.tree("Iterations");
    await window.activityBar.open("Lion");
    await iterations.welcome.getByRole("button", { name: "Run Next Iteration" }).click();
    await until(() => records.answers().size > 10, "answers are stored");
    await iterations.titleAction("Pause");
    await window.statusBar.item("Lion: discrimination stopped").waitFor();
    records.assertAskedOnce();

    const paused = records.answers();
    await iterations.titleAction("Resume");
    await until(() => records.answers().size > paused.size + 10, "more answers are stored");
    await window.leave();
    await until(() => records.engine === null, "the engine has paused for want of a window");
    const left = records.answers();
    assertKept(paused, left);
    await window.comeBack();
    await window.notifications.choose(/Iteration 1's discrimination stopped at \d+/, "Resume");

    await window.statusBar.item("Lion: 8 to review").waitFor({ timeout: 120_000 });
    assertKept(left, records.answers());
    records.assertAskedOnce();
    assertHealthy(editor, [window]);
  });
});
