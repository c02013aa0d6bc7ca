import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createProject } from "../../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../../src/core/project/presets.ts";
import { EditorServer } from "../harness/editorServer.ts";
import { demoProject, workFolder } from "../harness/projects.ts";
import { Album } from "./album.ts";

const STEPS = ["demo", "look", "approve", "run", "hard"];

describe("pictures of what is shown before there is anything to show", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("welcome", async (context) => {
    const states = [
      { name: "no-folder", folder: null },
      { name: "no-project", folder: workFolder(context) },
      { name: "empty-project", folder: workFolder(context) },
      { name: "broken-project", folder: workFolder(context) },
    ];
    createProject(states[2]?.folder ?? "", { mind: "oracle", sizes: SANDBOX_SIZES.quick, name: "Empty" });
    writeFileSync(join(states[3]?.folder ?? "", "lion.json"), '{ "name": "Broken", "roles": 3 }');
    for (const { name, folder } of states) {
      const window = await editor.openWindow(context, { folder });
      await window.command("lion.iterations.focus");
      await window.tree("Iterations").welcome.waitFor();
      await new Album(window).keep(`welcome-${name}`, { narrow: true });
      await window.page.close();
    }
  });

  it("walkthrough", async (context) => {
    const window = await editor.openWindow(context, { folder: null });
    const album = new Album(window);
    for (const step of STEPS) {
      await window.command("workbench.action.openWalkthrough", {
        category: "lion-curator.lion-curator#start",
        step,
      });
      await window.page.locator(".getting-started-step.expanded").waitFor();
      await album.keep(`walkthrough-${step}`);
    }
  });
});

describe("pictures of a folder that nobody trusts", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ workspaceTrust: true });
  });
  after(() => editor.stop());

  it("untrusted", async (context) => {
    for (const { name, folder } of [
      { name: "untrusted", folder: workFolder(context) },
      { name: "untrusted-project", folder: demoProject(context) },
    ]) {
      const window = await editor.openWindow(context, { folder });
      await window.command("lion.iterations.focus");
      await window.tree("Iterations").pane.waitFor();
      await new Album(window).keep(`welcome-${name}`, { narrow: true });
      await window.page.close();
    }
  });
});
