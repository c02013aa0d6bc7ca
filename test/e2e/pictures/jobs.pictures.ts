import { after, before, describe, it } from "node:test";
import { noSshd, TestSshd } from "../../support/sshd.ts";
import { EditorServer } from "../harness/editorServer.ts";
import { demoProject, sandboxProject } from "../harness/projects.ts";
import { leaveTrainings } from "../harness/trainings.ts";
import { Album } from "./album.ts";
import { widenSideBar } from "./sideBar.ts";

describe("pictures of checkpoints, jobs and targets", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("jobs in every state", async (context) => {
    const folder = demoProject(context);
    leaveTrainings(folder);
    const size = { width: 1200, height: 760 };
    const window = await editor.openWindow(context, { folder, size });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    for (const view of ["Iterations", "Train Pool", "Cache Pool", "To Review"]) {
      await window.tree(view).hide();
    }
    const jobs = window.tree("Checkpoints & Jobs");
    await jobs.show();
    await jobs.row(/^Training 4, attempt 4, running/).waitFor();
    await widenSideBar(window, 760);
    await album.keep("jobs-states");
    await jobs.row(/^Training 4, failed/).hover();
    await album.keep("jobs-failed", { themes: ["dark"] });
    await jobs.row(/^Training 4, attempt 4, running/).click({ button: "right" });
    await album.keep("jobs-menu", { themes: ["dark"] });
    await window.page.keyboard.press("Escape");
    await jobs.row(/^Checkpoint of iteration 4/).click({ button: "right" });
    await album.keep("checkpoint-menu", { themes: ["dark"] });
    await window.page.keyboard.press("Escape");

    await jobs.inlineAction(jobs.row(/^Training 4, attempt 4, running/), "Cancel Job");
    await window.notifications.toast(/Cancel/).waitFor();
    await album.keep("jobs-cancel");
  });

  it("nothing trained yet", async (context) => {
    const window = await editor.openWindow(context, { folder: await sandboxProject(context, {}) });
    await window.activityBar.open("Lion");
    const jobs = window.tree("Checkpoints & Jobs");
    await jobs.show();
    await jobs.welcome.waitFor();
    await new Album(window).keep("jobs-nothing");
  });

  it("a host's key", { skip: noSshd() }, async (context) => {
    const sshd = await TestSshd.start(context, { known: false });
    const editor = await EditorServer.start({ environment: sshd.environment as Record<string, string> });
    context.after(() => editor.stop());
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    void window.command("lion.acceptHostKey", { host: sshd.hosts.direct });
    await window.dialog.root.waitFor();
    await album.keep("host-key");
    await window.dialog.choose("Cancel");
  });

  it("targets", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    await window.quickInput.runCommand("Lion: Add Training Target…");
    await window.quickInput.row(/GPU Host/).waitFor();
    await album.keep("target-kind", { themes: ["dark"] });
    await window.page.keyboard.press("Escape");
    await window.command("lion.checkTarget", { target: "local" });
    await window.editors.tab(/Check of local/).waitFor();
    await album.keep("target-check");
  });
});
