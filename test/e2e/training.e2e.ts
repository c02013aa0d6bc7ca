import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Frame } from "playwright-core";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow, THEMES } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { demoProject, sandboxProject } from "./harness/projects.ts";
import { Records } from "./harness/records.ts";
import { until } from "./harness/until.ts";

const TITLE = "Lion Training";
/** In a browser the editor saves what its pages remember every five seconds. */
const SAVED_MS = 6000;
/** Long enough to be watched, short enough to wait for. */
const EPOCHS = 400;

/** What the editor calls a webview's body in each theme. */
const BODIES: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: "vscode-dark",
  light: "vscode-light",
  "high contrast": "vscode-high-contrast",
  "high contrast light": "vscode-high-contrast-light",
};

/** The step that the chosen training has come to; 0 before the first. */
async function stepOf(frame: Frame): Promise<number> {
  const words = (await frame.locator(".steps").textContent()) ?? "";
  return Number(/step ([\d,]+)/.exec(words)?.[1]?.replaceAll(",", "") ?? 0);
}

function slider(frame: Frame, metric: string) {
  return frame.getByRole("slider", { name: new RegExp(`^${metric}:`) });
}

async function openTraining(window: EditorWindow): Promise<Frame> {
  await window.quickInput.runCommand("Lion: Open Training");
  const frame = await window.editors.webview(TITLE);
  await frame.getByRole("heading").first().waitFor();
  return frame;
}

describe("the training view", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  it("offers the first training and shows its curves, its state and its log while it goes on", async (context) => {
    const folder = await sandboxProject(context, {
      trained: { epochs: EPOCHS, on: { kind: "local", gpus: "all", waitForGpus: false } },
    });
    const records = new Records(context, folder);
    const window = await editor.openWindow(context, { folder });
    const frame = await openTraining(window);
    assert.deepEqual(await accessibilityProblems(frame), [], "nothing was trained");
    await frame.getByRole("button", { name: "Run Imitation" }).click();

    await frame.getByRole("heading", { name: "Iteration 1" }).waitFor();
    await slider(frame, "Loss").waitFor();
    const before = await stepOf(frame);
    const drawn = await slider(frame, "Loss").getAttribute("aria-valuemax");
    await until(async () => (await stepOf(frame)) > before, "the training's steps move");
    await until(
      async () => (await slider(frame, "Loss").getAttribute("aria-valuemax")) !== drawn,
      "the curve has got longer",
    );
    await frame.locator(".log-lines", { hasText: /step \d+\/\d+/ }).waitFor();
    const newest = frame.locator(".log-lines");
    const fromEnd = (): Promise<number> =>
      newest.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
    assert.ok((await fromEnd()) < 24, "the log is followed");
    assert.deepEqual(await accessibilityProblems(frame), [], "while it trains");

    await until(() => records.checkpoints().length === 1, "the checkpoint is registered");
    await frame.locator(".state-collected").first().waitFor();
    await frame.locator("[role=status]", { hasText: "Iteration 1: done" }).waitFor({ state: "attached" });
    assertHealthy(editor, [window]);
  });

  it("is read by keys: the crosshair moves in all charts and says what is there, closer and back", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const frame = await openTraining(window);
    const loss = slider(frame, "Loss");
    await loss.focus();
    const said = (): Promise<string | null> => loss.getAttribute("aria-valuetext");
    assert.match((await said()) ?? "", /^Latest, Iteration 3: 0\.\d+, Iteration 2: .*, Iteration 1: /);
    await window.page.keyboard.press("Home");
    await until(async () => /^Step 1, /.test((await said()) ?? ""), "the first step is said");
    for (const _ of [2, 3]) {
      await window.page.keyboard.press("ArrowRight");
    }
    await until(async () => /^Step 3, Iteration 3: \d\.\d+, /.test((await said()) ?? ""), "the third step is said");
    assert.match((await slider(frame, "Learning rate").getAttribute("aria-valuetext")) ?? "", /^Step 3, /);

    const all = Number(await loss.getAttribute("aria-valuemax"));
    await window.page.keyboard.press("+");
    await frame.getByRole("button", { name: "Show All Steps" }).waitFor();
    await until(async () => Number(await loss.getAttribute("aria-valuemax")) < all, "a part of the steps is shown");
    await window.page.keyboard.press("0");
    await until(async () => Number(await loss.getAttribute("aria-valuemax")) === all, "all steps are shown");

    await window.page.keyboard.press("n");
    await until(
      () => slider(frame, "Learning rate").evaluate((element) => element === document.activeElement),
      "the next curve has the focus",
    );
    await window.page.keyboard.press("t");
    const third = frame.getByRole("checkbox", { name: "Draw the curves of Iteration 3" });
    await until(async () => !(await third.isChecked()), "the chosen training is not drawn");
    await frame.locator("[role=status]", { hasText: "Iteration 3 are not drawn" }).waitFor({ state: "attached" });
    await until(async () => !/Iteration 3/.test((await said()) ?? ""), "it is not read out either");
    assertHealthy(editor, [window]);
  });

  it("keeps what is looked at, and how, over a reload, and opens on the training that is asked for", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    let frame = await openTraining(window);
    await frame.getByRole("checkbox", { name: "Draw the curves of Iteration 2" }).uncheck();
    await frame.getByRole("slider", { name: "Smoothing" }).fill("3");
    await frame.getByRole("button", { name: "Show Table: Loss" }).click();
    await window.command("lion.openTraining", { iteration: 1 });
    await frame.getByRole("heading", { name: "Iteration 1" }).waitFor();
    await pause(SAVED_MS);
    await window.reload();
    await window.editors.tab(TITLE).click();
    frame = await window.editors.webview(TITLE);
    await frame.getByRole("heading", { name: "Iteration 1" }).waitFor();
    await frame.getByRole("button", { name: "Hide Table: Loss" }).waitFor();
    assert.equal(await frame.getByRole("slider", { name: "Smoothing" }).inputValue(), "3");
    assert.ok(!(await frame.getByRole("checkbox", { name: "Draw the curves of Iteration 2" }).isChecked()));
    await frame.getByRole("table", { name: "Loss" }).getByRole("row").nth(3).waitFor();
    assert.deepEqual(window.violations, []);
  });

  it("can be read in every theme, with its tables open, wide and narrow", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const frame = await openTraining(window);
    await slider(frame, "Loss").waitFor();
    const shows = frame.getByRole("button", { name: /^Show Table/ });
    while ((await shows.count()) > 0) {
      await shows.first().click();
    }
    for (const theme of Object.keys(BODIES) as Array<keyof typeof THEMES>) {
      await window.changeTheme(theme);
      await frame.locator(`body.${BODIES[theme]}`).waitFor();
      assert.deepEqual(await accessibilityProblems(frame), [], theme);
    }
    await window.command("workbench.action.closeSidebar");
    await window.page.setViewportSize({ width: 400, height: 900 });
    await frame.waitForFunction(() => innerWidth < 400);
    assert.deepEqual(await accessibilityProblems(frame), [], "400 pixels wide");
    const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0, "Nothing must be scrolled to from side to side.");
    assertHealthy(editor, [window]);
  });
});
