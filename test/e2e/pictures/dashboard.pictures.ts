import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import Database from "better-sqlite3";
import { createProject } from "../../../src/core/project/create.ts";
import { SANDBOX_SIZES } from "../../../src/core/project/presets.ts";
import { EditorServer } from "../harness/editorServer.ts";
import type { EditorWindow } from "../harness/editorWindow.ts";
import { demoProject, sandboxProject, workFolder } from "../harness/projects.ts";
import { Album } from "./album.ts";

/** Opens the dashboard alone, without a side bar, in a window that is tall enough for all of it. */
async function openDashboard(window: EditorWindow): Promise<void> {
  await window.command("lion.openDashboard");
  const dashboard = await window.editors.webview("Lion Dashboard");
  await dashboard.getByRole("heading").first().waitFor();
  await window.command("workbench.action.closeSidebar");
}

describe("pictures of the dashboard", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("full", async (context) => {
    const window = await editor.openWindow(context, {
      folder: demoProject(context),
      size: { width: 1400, height: 2400 },
    });
    await openDashboard(window);
    await new Album(window).keep("dashboard", { narrow: true });
  });

  it("for the README", async (context) => {
    const window = await editor.openWindow(context, {
      folder: demoProject(context),
      size: { width: 1200, height: 800 },
    });
    await openDashboard(window);
    await new Album(window).keepForReadme("dashboard");
  });

  it("one iteration", async (context) => {
    const window = await editor.openWindow(context, {
      folder: await sandboxProject(context, { priced: true }),
      size: { width: 1400, height: 2400 },
    });
    await window.command("lion.run", { acceptEstimate: true });
    await window.statusBar.item(/to review/).waitFor();
    await openDashboard(window);
    await new Album(window).keep("dashboard-one", { narrow: true });
  });

  it("empty", async (context) => {
    const album = async (name: string, folder: string): Promise<void> => {
      const window = await editor.openWindow(context, { folder });
      await openDashboard(window);
      await new Album(window).keep(name, { narrow: true });
      await window.page.close();
    };
    const empty = workFolder(context);
    createProject(empty, { mind: "oracle", sizes: SANDBOX_SIZES.quick, name: "Empty" });
    await album("dashboard-empty", empty);
    await album("dashboard-not-run", await sandboxProject(context, {}));
    await album("dashboard-no-project", workFolder(context));
  });

  it("broken", async (context) => {
    const folder = demoProject(context);
    const window = await editor.openWindow(context, { folder });
    await window.statusBar.item(/to review/).waitFor();
    // A table is gone under the window's feet, as after a damaged disk.
    const database = new Database(join(folder, ".lion", "lion.db"));
    database.exec("DROP TABLE evaluation");
    database.close();
    await window.command("lion.openDashboard");
    await window.command("workbench.action.closeSidebar");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByRole("button", { name: "Try Again" }).waitFor();
    await new Album(window).keep("dashboard-broken", { narrow: true });
  });
});
