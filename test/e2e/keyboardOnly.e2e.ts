import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { sandboxProject } from "./harness/projects.ts";
import { Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

/** More keys than a person would have to press from one end of the dashboard to the other. */
const MOST_TABS = 60;
/** After so long a person takes a key for lost. */
const AGAIN_MS = 3000;
const SHOW_TABLE = "Show Table: Gaps around τ";

describe("the keyboard alone", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start();
  });
  after(() => editor.stop());

  async function press({ page }: EditorWindow, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await page.keyboard.press(key);
    }
  }

  /** What a screen reader hears of the row that has the focus in a view. */
  function focusedRow(window: EditorWindow, view: string): Promise<string> {
    const row = window.tree(view).root.locator(".monaco-list-row.focused");
    return row.getAttribute("aria-label").then((label) => label ?? "");
  }

  /** Goes one row down; a view that is just being filled may miss a key, and a person presses it again. */
  async function goDown(window: EditorWindow, view: string): Promise<void> {
    const before = await focusedRow(window, view);
    let pressedAt = 0;
    await until(async () => {
      if ((await focusedRow(window, view)) !== before) {
        return true;
      }
      if (Date.now() - pressedAt > AGAIN_MS) {
        pressedAt = Date.now();
        await press(window, "ArrowDown");
      }
      return false;
    }, "the focus is one row down");
  }

  /** Goes to a view by its command and to its first row. */
  async function goTo(window: EditorWindow, view: string): Promise<void> {
    await window.quickInput.runCommand(`Lion: Focus on ${view} View`);
    await window.tree(view).root.and(window.page.locator(":focus")).waitFor();
    await press(window, "Home");
  }

  it("runs, checks, approves, compares and reads the dashboard's tables, with the focus in sight", async (context) => {
    const folder = await sandboxProject(context, {});
    const records = new Records(context, folder);
    const window = await editor.openWindow(context, { folder });
    const { quickInput, statusBar, page } = window;
    await quickInput.runCommand("View: Show Lion");
    await window
      .tree("Train Pool")
      .row(/^Imported, 60/)
      .waitFor();
    await quickInput.runCommand("Lion: Run Next Iteration");
    await statusBar.item("Lion: 8 to review").waitFor({ timeout: 120_000 });

    const review = window.tree("To Review");
    await review.row(/^Waiting, 8/).waitFor();
    await goTo(window, "To Review");
    assert.match(await focusedRow(window, "To Review"), /^Waiting, 8/);
    for (const checked of [1, 2, 3]) {
      await goDown(window, "To Review");
      assert.match(await focusedRow(window, "To Review"), /^Waiting, candidate/);
      await press(window, "Space");
      await review.pane.getByText(`${checked} checked`).waitFor();
    }
    await quickInput.runCommand("Lion: Approve Checked");
    await until(() => records.approved().length === 3, "the checked ones are approved");
    await review.row(/^Waiting, 5/).waitFor();

    const cache = window.tree("Cache Pool");
    await cache.row(/^Hard, \d+ instructions/).waitFor();
    await goTo(window, "Cache Pool");
    assert.match(await focusedRow(window, "Cache Pool"), /^Hard, \d+ instructions/);
    await press(window, "ArrowRight");
    await cache
      .row(/^Hard, instruction/)
      .first()
      .waitFor();
    await press(window, "ArrowDown", "Enter");
    await window.editors.tab(/teacher ↔ student · gap/).waitFor();

    await quickInput.runCommand("Lion: Open Dashboard");
    const dashboard = await window.editors.webview("Lion Dashboard");
    await dashboard.getByRole("heading", { name: "Distillation curve" }).waitFor();
    await dashboard.getByRole("button", { name: SHOW_TABLE }).waitFor();
    const label = (): Promise<string | null> =>
      dashboard.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? null);
    for (let tabs = 0; (await label()) !== SHOW_TABLE; tabs++) {
      assert.ok(tabs < MOST_TABS, "Tab comes to the table's button");
      await press(window, "Tab");
    }
    const focused = dashboard.locator(":focus");
    const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle);
    assert.notEqual(outline, "none", "the focus is seen");
    await press(window, "Enter");
    await dashboard.getByRole("button", { name: "Hide Table: Gaps around τ" }).waitFor();
    await press(window, "Tab");
    assert.ok(await focused.evaluate((element) => element.closest("table") !== null), "Tab goes on into the table");
    await press(window, "Enter");
    await cache
      .row(/^Hard, instruction/)
      .first()
      .waitFor();
    assert.ok(await page.evaluate(() => document.activeElement !== document.body), "something has the focus");
    assertHealthy(editor, [window]);
  });
});
