import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "../harness/editorServer.ts";
import type { EditorWindow } from "../harness/editorWindow.ts";
import { demoProject } from "../harness/projects.ts";
import { Album } from "./album.ts";
import { widenSideBar } from "./sideBar.ts";

const VIEWS = ["Iterations", "Train Pool", "Cache Pool", "To Review", "Checkpoints & Jobs"] as const;

/** Shows the views that are named and folds the others to their titles. */
async function showViews(window: EditorWindow, shown: readonly string[]): Promise<void> {
  for (const view of VIEWS) {
    const tree = window.tree(view);
    await (shown.includes(view) ? tree.show() : tree.hide());
  }
}

describe("pictures of the views and of what they open", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  it("views", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    await window
      .tree("To Review")
      .row(/candidate/)
      .first()
      .waitFor();
    await album.keep("views");

    await showViews(window, ["Iterations"]);
    const iterations = window.tree("Iterations");
    for (const row of await iterations.row(/^Iteration \d/).all()) {
      await iterations.expand(row);
    }
    await album.keep("iterations");

    await showViews(window, ["Train Pool"]);
    const train = window.tree("Train Pool");
    await train.expand(train.row(/instructions/).first());
    await album.keep("train-pool");

    await showViews(window, ["Cache Pool"]);
    const cache = window.tree("Cache Pool");
    await cache.expand(cache.row(/^Hard/).first());
    await cache.row(/gap/).first().waitFor();
    await album.keep("cache-pool");
    await cache.row(/gap/).first().focus();
    await window.page.keyboard.press("End");
    await album.keep("cache-pool-end", { themes: ["dark"] });
    await window.command("lion.groupCache", { grouping: "origin" });
    await cache
      .row(/^Generated/)
      .first()
      .waitFor();
    await album.keep("cache-pool-by-origin", { themes: ["dark"] });
    await window.command("lion.groupCache", { grouping: "verdict" });
    await window.command("lion.filterCache", { contradictory: true });
    await album.keep("cache-pool-filtered", { themes: ["dark"] });
    await window.command("lion.filterCache", { hasText: "nowheretobefound" });
    await cache.welcome.waitFor();
    await album.keep("cache-pool-nothing", { themes: ["dark"] });
    await window.command("lion.clearFilter");

    await showViews(window, ["To Review"]);
    const review = window.tree("To Review");
    for (const row of [0, 1, 2]) {
      await review.toggleCheckbox(review.row(/^Waiting, candidate/).nth(row));
    }
    await review
      .row(/^Waiting, candidate/)
      .nth(3)
      .hover();
    await album.keep("review");
    await review
      .row(/^Waiting, [\d,]+/)
      .locator(".monaco-tl-twistie")
      .click();
    await review.expand(review.row(/^Filtered/).first());
    await review
      .row(/^Filtered, candidate/)
      .first()
      .hover();
    await album.keep("review-filtered", { themes: ["dark"] });

    await showViews(window, ["Checkpoints & Jobs"]);
    const jobs = window.tree("Checkpoints & Jobs");
    await jobs.expand(jobs.row(/^Jobs/).first());
    await album.keep("jobs");

    await showViews(window, VIEWS);
    await album.keep("views", { themes: [], narrow: true });
  });

  it("documents", async (context) => {
    const folder = demoProject(context);
    const window = await editor.openWindow(context, { folder });
    const album = new Album(window);
    await window.activityBar.open("Lion");
    const cache = window.tree("Cache Pool");
    await cache.expand(cache.row(/^Hard/).first());
    await cache.row(/gap/).first().click();
    await window.editors
      .tab(/gap|Teacher|#/)
      .first()
      .waitFor();
    await album.keep("comparison");

    await window.command("lion.openInstruction", { instructionId: 900 });
    await window.editors.tab(/900/).first().waitFor();
    await album.keep("instruction");

    await window.quickInput.runCommand("Lion: Search Instructions…");
    await window.quickInput.input.fill("letters");
    await window.quickInput
      .row(/letters/i)
      .first()
      .waitFor();
    await album.keep("search");
    await window.page.keyboard.press("Escape");

    await window.quickInput.runCommand("Lion: Filter Cache Pool…");
    await window.quickInput.row(/./).first().waitFor();
    await album.keep("filter", { themes: ["dark"] });
    await window.page.keyboard.press("Escape");

    const config = join(folder, "lion.json");
    const text = readFileSync(config, "utf8");
    await window.command("lion.openConfig");
    await window.page.locator(".codelens-decoration").first().waitFor();
    await album.keep("config");
    writeFileSync(config, text.replace('"student": "student"', '"student": "pupil"'));
    await window.page.locator("[id='status.problems']", { hasText: /^\s*1/ }).waitFor();
    await window.command("editor.action.marker.next");
    await window.page.locator(".squiggly-error").first().waitFor();
    await album.keep("config-problem");
    writeFileSync(config, text);
  });

  it("for the README", async (context) => {
    const size = { width: 1440, height: 800 };
    const window = await editor.openWindow(context, { folder: demoProject(context), size });
    await window.activityBar.open("Lion");
    const cache = window.tree("Cache Pool");
    await cache.row(/^Hard/).first().click();
    await widenSideBar(window, 420);
    await window.tree("Train Pool").hide();
    await window.command("lion.sortCache", { sort: "length" });
    await cache.expand(cache.row(/^Hard/).first());
    await cache.row(/gap/).nth(1).click();
    await window.editors.tab(/gap/).first().waitFor();
    await new Album(window).keepForReadme("views");
  });
});
