import { after, before, describe, it } from "node:test";
import { EditorServer } from "../harness/editorServer.ts";
import { demoProject, sandboxProject } from "../harness/projects.ts";
import { Desk } from "../pages/desk.ts";
import { Album } from "./album.ts";

describe("pictures of the pages on which a person decides", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("review", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const album = new Album(window);
    await window.command("lion.openReview");
    const desk = await Desk.of(window, "Lion Review");
    await window.command("workbench.action.closeSidebar");
    await desk.focus();
    await album.keep("review-page", { narrow: true });
    for (const key of ["a", "a", "2", "a", "m"]) {
      await window.page.keyboard.press(key);
    }
    await album.keep("review-page-marks");
    await window.page.keyboard.press("e");
    await desk.frame.locator("lion-edit-form").waitFor();
    await album.keep("review-page-editing", { narrow: true });
    await window.page.keyboard.press("Escape");
    await desk.frame.locator("lion-edit-form").waitFor({ state: "detached" });
    await window.page.keyboard.press("Shift+Slash");
    await desk.frame.locator("lion-cheat-sheet [role=dialog], lion-cheat-sheet dialog").first().waitFor();
    await album.keep("review-page-help");
    await window.page.keyboard.press("Escape");
    await window.page.keyboard.press("f");
    await window.quickInput.row(/./).first().waitFor();
    await album.keep("review-page-queues", { themes: ["dark"] });
  });

  it("compare", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const album = new Album(window);
    await window.command("lion.openCompare");
    const desk = await Desk.of(window, "Lion Compare");
    await window.command("workbench.action.closeSidebar");
    await desk.focus();
    await album.keep("compare-page", { narrow: true });
    await window.page.setViewportSize({ width: 1400, height: 2000 });
    await window.page.keyboard.press("i");
    await window.page.keyboard.press("m");
    await album.keep("compare-page-tall");
    await window.page.setViewportSize({ width: 1400, height: 900 });
    await window.page.keyboard.press("b");
    await album.keep("compare-page-blind", { themes: ["dark", "light"] });
  });

  it("for the README", async (context) => {
    const window = await editor.openWindow(context, {
      folder: demoProject(context),
      size: { width: 1200, height: 800 },
    });
    await window.command("lion.openCompare");
    const desk = await Desk.of(window, "Lion Compare");
    await window.command("workbench.action.closeSidebar");
    await desk.pressOn("j");
    await new Album(window).keepForReadme("compare");
  });

  it("nothing to decide", async (context) => {
    const window = await editor.openWindow(context, { folder: await sandboxProject(context, {}) });
    await window.command("workbench.action.closeSidebar");
    for (const page of ["Review", "Compare"]) {
      await window.command(`lion.open${page}`);
      const frame = await window.editors.webview(`Lion ${page}`);
      await frame.locator(".empty").first().waitFor();
      await new Album(window).keep(`${page.toLowerCase()}-page-nothing`, { themes: ["dark", "light"] });
    }
  });
});
