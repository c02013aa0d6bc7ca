import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import { type EditorWindow, THEMES } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { demoProject, sandboxProject } from "./harness/projects.ts";
import { until } from "./harness/until.ts";
import { Desk } from "./pages/desk.ts";

/** What the editor calls a webview's body in each theme. */
const BODIES: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: "vscode-dark",
  light: "vscode-light",
  "high contrast": "vscode-high-contrast",
  "high contrast light": "vscode-high-contrast-light",
};
const WIDTHS = [1400, 400];

interface Spoken {
  readonly key: string;
  readonly said: RegExp;
  /** What is answered when the key asks for more: a reason that is picked, or a text. */
  readonly answer?: string;
}

/** What both pages announce, by the keys that decide, in the order in which they are pressed. */
const DECISIONS: Readonly<Record<"Lion Review" | "Lion Compare", readonly Spoken[]>> = {
  "Lion Review": [
    { key: "a", said: /^Approved #\d+/ },
    { key: "1", said: /^Refused #\d+: / },
    { key: "u", said: /^Undone: / },
    { key: "Shift+U", said: /^Done again: / },
    { key: "r", said: /^Refused #\d+/, answer: "pick" },
    { key: "x", said: /^Excluded #\d+/, answer: "pick" },
  ],
  "Lion Compare": [
    { key: "a", said: /^Agreed on #\d+/ },
    { key: "1", said: /teacher is better/ },
    { key: "2", said: /a tie/ },
    { key: "3", said: /student is better/ },
    { key: "h", said: /to hard/ },
    { key: "y", said: /to easy/ },
    { key: "u", said: /^Undone: / },
    { key: "Shift+U", said: /^Done again: / },
    { key: "g", said: /^Scored #\d+: 8/, answer: "8 5.5" },
    { key: "x", said: /^Excluded #\d+/, answer: "pick" },
  ],
};
/** Fewer elements than can take the focus on either page. */
const FEWEST_FOCUSED = 10;

const COMMANDS = { "Lion Review": "lion.openReview", "Lion Compare": "lion.openCompare" } as const;
type Title = keyof typeof COMMANDS;

describe("the pages on which a person decides, for everybody", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  async function openPage(window: EditorWindow, title: Title, query: unknown = {}): Promise<Frame> {
    await window.command(COMMANDS[title], query);
    const frame = await window.editors.webview(title);
    await window.command("workbench.action.closeSidebar");
    return frame;
  }

  /** Asserts that a page has no problem in any theme, wide and narrow. */
  async function assertAccessible(window: EditorWindow, frame: Frame, what: string): Promise<void> {
    const problems: string[] = [];
    for (const width of WIDTHS) {
      await window.page.setViewportSize({ width, height: 900 });
      await frame.waitForFunction((most) => innerWidth <= most, width);
      for (const theme of Object.keys(THEMES) as Array<keyof typeof THEMES>) {
        await window.changeTheme(theme);
        await frame.locator(`body.${BODIES[theme]}`).waitFor();
        const found = await accessibilityProblems(frame);
        problems.push(...found.map((problem) => `${what}, ${theme}, ${width} pixels wide: ${problem}`));
      }
      const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${what}: nothing must be scrolled to from side to side, at ${width} pixels`);
    }
    await window.page.setViewportSize({ width: 1400, height: 900 });
    await window.changeTheme("dark");
    assert.deepEqual(problems, []);
  }

  for (const title of Object.keys(COMMANDS) as Title[]) {
    it(`can be read in every theme, wide and narrow: ${title}`, async (context) => {
      const window = await editor.openWindow(context, { folder: demoProject(context) });
      const frame = await openPage(window, title);
      const desk = await Desk.of(window, title);
      await desk.focus();
      await window.page.keyboard.press("i");
      await assertAccessible(window, frame, "an item");
      await desk.focus();
      await window.page.keyboard.press("e");
      await frame.locator("lion-edit-form vscode-text-area").first().waitFor();
      await assertAccessible(window, frame, "editing");
      await window.page.keyboard.press("Escape");
      await frame.locator("lion-edit-form").waitFor({ state: "detached" });
      await desk.focus();
      await window.page.keyboard.press("Shift+Slash");
      await frame.locator("dialog[open]").waitFor();
      await assertAccessible(window, frame, "the cheat sheet");
      await window.page.keyboard.press("Escape");
      await frame.locator("dialog[open]").waitFor({ state: "detached" });
      assertHealthy(editor, [window]);
    });

    it(`can be read when nothing is in the queue: ${title}`, async (context) => {
      const window = await editor.openWindow(context, { folder: await sandboxProject(context, {}) });
      const frame = await openPage(window, title);
      await frame.getByRole("heading", { name: "Nothing to decide yet" }).waitFor();
      await assertAccessible(window, frame, "nothing");
      assertHealthy(editor, [window]);
    });

    it(`announces every decision, and shows where the focus is: ${title}`, async (context) => {
      const window = await editor.openWindow(context, { folder: demoProject(context) });
      await openPage(window, title, title === "Lion Review" ? {} : { iteration: 1, group: "all", sort: "gap" });
      const desk = await Desk.of(window, title);
      await desk.focus();
      const status = desk.frame.locator(".said").first();
      assert.deepEqual(
        [await status.getAttribute("role"), await status.getAttribute("aria-live")],
        ["status", "polite"],
      );
      for (const { key, said, answer } of DECISIONS[title]) {
        await window.page.keyboard.press(key);
        if (answer === "pick") {
          await window.quickInput.row(/./).first().click();
        } else if (answer !== undefined) {
          await window.quickInput.type(answer);
        }
        await until(async () => said.test(await desk.said()), `${key} is announced as ${said}`);
      }
      await desk.focus();
      const unseen = new Set<string>();
      const seen = new Set<string>();
      for (let tabs = 0; tabs < 40; tabs++) {
        await window.page.keyboard.press("Tab");
        const focused = await describeFocus(desk.frame);
        if (focused) {
          (focused.isSeen ? seen : unseen).add(focused.element);
        }
      }
      assert.ok(seen.size >= FEWEST_FOCUSED, `Tab comes to ${seen.size} elements`);
      assert.deepEqual([...unseen], [], "the focus is seen on everything");
      assertHealthy(editor, [window]);
    });
  }
});

/** What has the focus on a page, and whether that can be seen on it; null when it is elsewhere. */
function describeFocus(frame: Frame): Promise<{ readonly element: string; readonly isSeen: boolean } | null> {
  return frame.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) {
      element = element.shadowRoot.activeElement;
    }
    if (!element || element === document.body) {
      return null;
    }
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    // A slider shows it on its thumb, whose style no script can read.
    const isSlider = element.matches("input[type=range]");
    const isSeen = isSlider || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    const host = element.getRootNode() instanceof ShadowRoot ? (element.getRootNode() as ShadowRoot).host : element;
    return { element: host.outerHTML.slice(0, 200), isSeen };
  });
}
