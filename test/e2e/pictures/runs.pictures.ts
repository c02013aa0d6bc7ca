import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "../harness/editorServer.ts";
import { demoProject, sandboxProject } from "../harness/projects.ts";
import { Album } from "./album.ts";

describe("pictures of runs and imports", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("run", async (context) => {
    const window = await editor.openWindow(context, {
      folder: await sandboxProject(context, { latencyMs: 150, priced: true }),
    });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    await window.tree("Iterations").welcome.waitFor();
    await album.keep("ready");

    await window.quickInput.runCommand("Lion: Estimate Next Iteration");
    await window.editors.tab(/stimate/).waitFor();
    await album.keep("estimate");

    await window.quickInput.runCommand("Lion: Run Next Iteration");
    await window.quickInput.row(/./).or(window.dialog.root).first().waitFor();
    await album.keep("allowance");
    await window.page.keyboard.press("Enter");
    await window.statusBar.item(/Lion: \w+ \d+/).waitFor();
    await album.keep("running", { themes: ["dark"] });
    await window.statusBar.item(/to review/).waitFor();
    await album.keep("waiting", { narrow: true });
  });

  it("import", async (context) => {
    const folder = demoProject(context);
    const file = join(folder, "more.jsonl");
    const rows = ["Name three rivers.", "Why is the sky blue?"].map((instruction) => JSON.stringify({ instruction }));
    writeFileSync(file, [...rows, "not a row", '{"output": "nobody asked"}'].join("\n"));
    const window = await editor.openWindow(context, { folder });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    await window
      .tree("Train Pool")
      .row(/instructions/)
      .first()
      .waitFor();
    void window.command("lion.import", { file });
    await window.quickInput.row(/./).first().waitFor();
    await album.keep("import-question", { themes: ["dark"] });
    await window.page.keyboard.press("Escape");
    await window.command("lion.import", { file, into: "pools" });
    await window.notifications.toast(/imported/).waitFor();
    await album.keep("import-result");
    await window.notifications.choose(/imported/, "Show Refused Rows");
    await window.editors.tab(/refused/).waitFor();
    await album.keep("refused-rows", { themes: ["dark"] });
  });
});
