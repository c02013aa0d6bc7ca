import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { accessibilityProblems } from "./harness/accessibility.ts";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow, THEMES } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { demoProject } from "./harness/projects.ts";
import { until } from "./harness/until.ts";

const TITLE = "Lion Chat";

/** What the editor calls a webview's body in each theme. */
const BODIES: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: "vscode-dark",
  light: "vscode-light",
  "high contrast": "vscode-high-contrast",
  "high contrast light": "vscode-high-contrast-light",
};

async function openChat(window: EditorWindow): Promise<Frame> {
  await window.quickInput.runCommand("Lion: Chat with a Student");
  const frame = await window.editors.webview(TITLE);
  await frame.getByRole("textbox", { name: "Instruction", exact: true }).waitFor();
  return frame;
}

/** Writes a question and asks it by its key. */
async function ask(window: EditorWindow, frame: Frame, question: string): Promise<void> {
  await frame.getByRole("textbox", { name: "Instruction", exact: true }).fill(question);
  await window.page.keyboard.press("Control+Enter");
}

/** The job directories of servers. */
function serving(folder: string): string[] {
  const place = join(folder, ".lion", "serving");
  return existsSync(place) ? readdirSync(place) : [];
}

describe("the chat with a student", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ settings: { "git.enabled": false } });
  });
  after(() => editor.stop());

  it("asks the trained student, then two side by side, and ends their servers with the page", async (context) => {
    const folder = demoProject(context);
    const window = await editor.openWindow(context, { folder });
    const frame = await openChat(window);
    assert.deepEqual(await accessibilityProblems(frame), [], "nothing was asked");
    await ask(window, frame, "Reverse the letters.\n\nA B C");
    const answer = frame.getByRole("group", { name: "Student 3 has answered" });
    await answer.waitFor({ timeout: 120_000 });
    assert.match((await answer.locator(".facts").textContent()) ?? "", /\d+ tokens? · [\d.]+ s/);
    await frame.locator("[role=status]", { hasText: /^Student 3 has answered: / }).waitFor({ state: "attached" });
    assert.equal(serving(folder).length, 1);

    await frame.getByRole("combobox", { name: "Beside it" }).click();
    await frame.getByRole("option", { name: "Student 1" }).click();
    await ask(window, frame, "Which is the largest number: 3, 9, 4?");
    const second = frame.getByRole("article", { name: "Question 2" });
    for (const student of ["Student 3", "Student 1"]) {
      await second.getByRole("group", { name: `${student} has answered` }).waitFor({ timeout: 120_000 });
    }
    assert.equal(serving(folder).length, 2);
    assert.deepEqual(await accessibilityProblems(frame), [], "both have answered");

    await window.editors.tab(TITLE).click();
    await window.command("workbench.action.closeActiveEditor");
    await until(() => serving(folder).length === 0, "both servers have ended with the page");

    const again = await openChat(window);
    await again.getByRole("article", { name: "Question 2" }).getByRole("group").nth(1).waitFor();
    await again.getByRole("button", { name: "Clear History" }).click();
    await again.getByRole("heading", { name: "Nothing was asked yet." }).waitFor();
    assertHealthy(editor, [window]);
  });

  it("says in the page why a student cannot be asked, and goes on when that is mended", async (context) => {
    const folder = demoProject(context);
    const window = await editor.openWindow(context, { folder });
    await window.evaluate(async (api, path) => {
      const config = api.Uri.joinPath(api.Uri.file(path), "lion.json");
      const text = new TextDecoder().decode(await api.workspace.fs.readFile(config));
      const broken = JSON.stringify({
        ...JSON.parse(text),
        targets: { local: { kind: "local", python: "/no/python" } },
      });
      await api.workspace.fs.writeFile(config, new TextEncoder().encode(broken));
    }, folder);
    const frame = await openChat(window);
    await ask(window, frame, "Reverse the letters: A B");
    const failed = frame.getByRole("group", { name: "Student 3 gave no answer" });
    await failed.waitFor({ timeout: 120_000 });
    assert.match((await failed.textContent()) ?? "", /no Python that works at \/no\/python/);
    assert.deepEqual(await accessibilityProblems(frame), [], "a student that cannot be asked");
    await window.evaluate(async (api, path) => {
      const config = api.Uri.joinPath(api.Uri.file(path), "lion.json");
      const text = new TextDecoder().decode(await api.workspace.fs.readFile(config));
      const { targets: _, ...mended } = JSON.parse(text);
      await api.workspace.fs.writeFile(config, new TextEncoder().encode(JSON.stringify(mended)));
    }, folder);
    await until(async () => {
      await frame
        .getByRole("button", { name: "Try Again" })
        .click({ timeout: 1000 })
        .catch(() => {});
      return frame.getByRole("group", { name: "Student 3 has answered" }).isVisible();
    }, "the student answers once its Python is mended");
    assertHealthy(editor, [window]);
  });

  it("can be read in every theme, with two students, wide and narrow", async (context) => {
    const window = await editor.openWindow(context, { folder: demoProject(context) });
    const frame = await openChat(window);
    await frame.getByRole("button", { name: "Input, system text and sampling" }).click();
    await frame.getByRole("textbox", { name: "Input" }).fill("<img src=x onerror=alert(1)> **bold** \u202e");
    await ask(window, frame, "Reverse the letters.");
    await frame.getByRole("group", { name: "Student 3 has answered" }).waitFor({ timeout: 120_000 });
    assert.equal(await frame.locator("article img").count(), 0);
    for (const width of [1400, 400]) {
      await window.command("workbench.action.closeSidebar");
      await window.page.setViewportSize({ width, height: 900 });
      for (const theme of Object.keys(BODIES) as Array<keyof typeof THEMES>) {
        await window.changeTheme(theme);
        await frame.locator(`body.${BODIES[theme]}`).waitFor();
        assert.deepEqual(await accessibilityProblems(frame), [], `${theme}, ${width} pixels wide`);
      }
      const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0, "Nothing must be scrolled to from side to side.");
    }
    assertHealthy(editor, [window]);
  });
});
