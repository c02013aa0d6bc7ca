import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Frame } from "playwright-core";
import { look } from "./harness/copies.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { type HostileItem, makeHostileProject } from "./harness/hostileItems.ts";
import { hostileTexts, million } from "./harness/hostileTexts.ts";
import { Inspector } from "./harness/inspector.ts";
import { LongTasks } from "./harness/longTasks.ts";
import { workFolder } from "./harness/projects.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

/** How long a page may be held up by a million characters, in milliseconds. */
const MOST_HELD_UP = 200;
const SHOWS = 3;
/** So few that all of them are in the sample of a bulk action. */
const BULK = 5;
const SOUGHT = "$(trash) <img src=x onerror=window.taken=1>";

const PAGES = [
  { title: "Lion Compare", command: "lion.openCompare", query: { iteration: 1, group: "all", sort: "draw" } },
  { title: "Lion Review", command: "lion.openReview", query: { state: "waiting", sort: "oldest" } },
] as const;

type Page = (typeof PAGES)[number];

function idOn({ title }: Page, item: HostileItem | undefined): number {
  return (title === "Lion Compare" ? item?.compared : item?.candidate) ?? 0;
}

/** A page of hostile items in a window of its own. */
class HostilePage {
  readonly window: EditorWindow;
  readonly desk: Desk;
  readonly inspector: Inspector;

  private constructor(window: EditorWindow, desk: Desk, inspector: Inspector) {
    this.window = window;
    this.desk = desk;
    this.inspector = inspector;
  }

  /** Opens a page at an item. */
  static async open(
    window: EditorWindow,
    { title, command, query }: Page,
    instructionId: number,
  ): Promise<HostilePage> {
    const inspector = new Inspector(window);
    await window.command(command, { ...query, instructionId });
    const desk = await Desk.of(window, title);
    await until(async () => (await desk.item()) === instructionId, `#${instructionId} is shown`);
    await window.command("workbench.action.closeSidebar");
    await desk.focus();
    return new HostilePage(window, desk, inspector);
  }

  get frame(): Frame {
    return this.desk.frame;
  }

  press(key: string): Promise<void> {
    return this.window.page.keyboard.press(key);
  }

  /** Looks at an item in every way that the page shows it. */
  async lookAt({ name, reads }: HostileItem, title: string): Promise<void> {
    const look = (how: string): Promise<void> =>
      this.inspector.assertInert(this.frame, `${name} on ${title}, ${how}`, reads);
    await look("as Markdown");
    await this.toggle("p");
    await look("plain");
    await this.toggle("p");
    await this.toggle("i");
    await look("with details");
    await this.toggle("m");
    await look("with the other marks");
    await this.toggle("m");
    await this.toggle("i");
    await this.readOn();
    await look("to its end");
    await this.#edit(() => look("edited"));
    await this.#compare(() => this.inspector.assertUnharmed(`${name} on ${title}, in the editor's comparison`));
  }

  /** Presses a key that switches something on or off, and waits until the page shows it. */
  async toggle(key: string): Promise<void> {
    const button = this.frame.locator(`article vscode-button[aria-keyshortcuts="${key.toUpperCase()}"]`);
    const before = await button.getAttribute("aria-pressed");
    await this.press(key);
    await until(async () => (await button.getAttribute("aria-pressed")) !== before, `${key} switches something`);
  }

  /** Has answers that are shown in part shown to their end. */
  async readOn(): Promise<void> {
    const more = this.frame.locator(".side .more vscode-button, .teacher .more vscode-button");
    const left = (): Promise<string> => more.allTextContents().then((labels) => labels.join());
    for (let before = await left(); before !== ""; before = await left()) {
      await more.first().click();
      await until(async () => (await left()) !== before, `more than ${before.trim()}`);
    }
  }

  /** Opens the form and closes it; a text that is too long for it is said to be so. */
  async #edit(look: () => Promise<void>): Promise<void> {
    const form = this.frame.locator("lion-edit-form");
    const refusal = this.window.notifications.toast(/too long to be edited here/);
    await this.press("e");
    await until(async () => (await form.count()) + (await refusal.count()) > 0, "the form is there, or why it is not");
    if ((await refusal.count()) > 0) {
      await this.window.command("notifications.clearAll");
      await this.desk.focus();
      return;
    }
    await form.locator("vscode-text-area").first().waitFor();
    await look();
    await this.press("Escape");
    await form.waitFor({ state: "detached" });
  }

  /** Opens the editor's own comparison and comes back. */
  async #compare(look: () => Promise<void>): Promise<void> {
    await this.press("d");
    await this.window.page.locator(".monaco-diff-editor .view-line").first().waitFor();
    await look();
    await this.window.command("workbench.action.closeActiveEditor");
    await this.desk.comesBack();
    await this.desk.focus();
  }
}

describe("hostile items", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  for (const kind of PAGES) {
    it(`stay text on ${kind.title}, however they are shown`, async (context) => {
      const folder = workFolder(context);
      const items = await makeHostileProject(folder, hostileTexts());
      const window = await editor.openWindow(context, { folder });
      const page = await HostilePage.open(window, kind, idOn(kind, items[0]));
      for (const [at, item] of items.entries()) {
        assert.equal(at === 0 ? await page.desk.item() : await page.desk.pressOn("j"), idOn(kind, item), item.name);
        await page.lookAt(item, kind.title);
      }
      assertHealthy(editor, [window]);
    });

    it(`do not hold up ${kind.title} with a million characters`, async (context) => {
      await holdUp(context, kind);
    });
  }

  it("stay text in menus, in the list of queues, and in the sample that a bulk action shows", async (context) => {
    const folder = workFolder(context);
    const items = await makeHostileProject(folder, hostileTexts().slice(0, BULK));
    const window = await editor.openWindow(context, { folder });
    const [, review] = PAGES;
    const page = await HostilePage.open(window, review, idOn(review, items[0]));
    const { quickInput, dialog } = window;

    await page.frame.locator("article h2").first().click({ button: "right" });
    const menu = window.page.locator(".context-view .monaco-menu");
    await menu.getByRole("menuitem", { name: "Copy" }).first().waitFor();
    assert.doesNotMatch((await menu.textContent()) ?? "", /[<>[\]]|taken/);
    await page.press("Escape");
    await menu.waitFor({ state: "detached" });

    await page.desk.focus();
    await page.press("b");
    await quickInput.pick(/Approve all/);
    await dialog.root.waitFor();
    const said = await dialog.text();
    assert.match(said, /#\d+ candidate markup: <script>window\.taken=1/);
    assert.match(said, /#\d+ candidate links: \[click\]\(command:workbench\.action\.terminal\.new\)/);
    assert.doesNotMatch(said, /\p{Bidi_Control}/u);
    assert.equal(await dialog.root.locator("img, script, iframe, style, a[href], .codicon-trash").count(), 0);
    await page.inspector.assertUnharmed("the sample");
    await dialog.choose("Cancel");
    await dialog.root.waitFor({ state: "detached" });
    assert.deepEqual(
      look(folder, ({ decisions }) => decisions.upTo().filter(({ context: how }) => how === "normal").length),
      1,
      "nothing is decided by cancelling",
    );

    await window.command(review.command, { ...review.query, hasText: SOUGHT });
    const heading = page.frame.locator("h1");
    await until(async () => (await heading.textContent())?.includes("$(trash)") === true, "the title names the words");
    await heading.click();
    await page.press("f");
    await quickInput.row("takes the words away").waitFor();
    const listed = (await quickInput.root.locator(".monaco-list-row").allTextContents()).join("\n");
    assert.equal(listed.match(/\$\(trash\) <img src=x/g)?.length, 2, listed);
    assert.equal(await quickInput.root.locator(".codicon-trash, img").count(), 0);
    await page.inspector.assertUnharmed("the list of queues");
    await page.press("Escape");
    assertHealthy(editor, [window]);
  });

  /** Shows several texts of a million characters for the first time, reads each to its end, and takes the best. */
  async function holdUp(context: TestContext, kind: Page): Promise<void> {
    const folder = workFolder(context);
    const texts = ["first", "one", "two", "three"].map((name, at) => ({
      ...{ name, text: at === 0 ? "short" : million(name), reads: at === 0 ? "short" : name },
    }));
    const [first] = await makeHostileProject(folder, texts);
    const window = await editor.openWindow(context, { folder });
    const page = await HostilePage.open(window, kind, idOn(kind, first));
    const tasks = await LongTasks.in(page.frame);
    await page.toggle("i");
    const longest: Record<"shown" | "read on" | "switched", number[]> = { shown: [], "read on": [], switched: [] };
    for (let show = 0; show < SHOWS; show++) {
      longest.shown.push(await tasks.during(() => page.desk.pressOn("j")));
      longest["read on"].push(await tasks.during(() => page.readOn()));
      longest.switched.push(
        await tasks.during(async () => {
          for (const key of ["m", "m", "p", "p"]) {
            await page.toggle(key);
          }
        }),
      );
      await page.desk.focus();
    }
    for (const [what, times] of Object.entries(longest)) {
      context.diagnostic(`${kind.title}: a million characters ${what}: ${times.map(Math.round).join(", ")} ms`);
      assert.ok(Math.min(...times) < MOST_HELD_UP, `${what}: ${times.join(", ")} ms`);
    }
    assertHealthy(editor, [window]);
  }
});
