import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { EditorServer } from "./harness/editorServer.ts";
import type { EditorWindow } from "./harness/editorWindow.ts";
import { assertHealthy } from "./harness/health.ts";
import { demoProject } from "./harness/projects.ts";
import { processesWith } from "./harness/secrets.ts";
import { until } from "./harness/until.ts";

/** Commands that write, spend or start something. */
const FORBIDDEN = [
  "run",
  "runUnattended",
  "resume",
  "import",
  "newInstruction",
  "finishApproval",
  "approve",
  "refuse",
  "exclude",
  "undo",
  "retryFailed",
  "rerate",
  "setApiKey",
  "chooseModel",
  "train",
  "export",
  "backUp",
  "newProject",
  "openSandboxDemo",
] as const;

/** Every file of a project with a hash of its content, but for what SQLite keeps beside a database that is open. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile() && !/-(wal|shm)$/.test(name))
    .sort();
  return new Map(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

/** How often the extension's log says that something was refused. */
function refusals({ server: { folder } }: EditorServer): number {
  const logs = globSync("data/logs/**/*Lion*.log", { cwd: folder });
  return logs.flatMap((name) => readFileSync(join(folder, name), "utf8").match(/This folder is not trusted/g) ?? [])
    .length;
}

/** Which of two commands the palette offers. */
async function offered({ page, quickInput }: EditorWindow): Promise<string[]> {
  const titles = ["Lion: Open Dashboard", "Lion: Run Next Iteration"];
  const found: string[] = [];
  for (const title of titles) {
    await page.keyboard.press("F1");
    await quickInput.input.fill(`>${title}`);
    await quickInput.row(/./).first().waitFor();
    if ((await quickInput.rows()).some((row) => row.startsWith(title))) {
      found.push(title);
    }
    await page.keyboard.press("Escape");
    await quickInput.root.waitFor({ state: "hidden" });
  }
  return found;
}

describe("a folder that nobody trusts", () => {
  let editor: EditorServer;
  before(async () => {
    editor = await EditorServer.start({ workspaceTrust: true });
  });
  after(() => editor.stop());

  it("is shown, and nothing is written, run or started until it is trusted", async (context) => {
    const folder = demoProject(context);
    const before = contents(folder);
    const window = await editor.openWindow(context, { folder });
    assert.equal(await window.evaluate((vscode) => vscode.workspace.isTrusted), false);
    await window.activityBar.open("Lion");
    await window
      .tree("Iterations")
      .row(/^Iteration 1/)
      .waitFor();
    await window.tree("Cache Pool").row(/^Hard/).waitFor();
    await window.quickInput.runCommand("Lion: Open Dashboard");
    const page = await window.editors.webview("Lion Dashboard");
    await page.getByRole("heading", { name: "Distillation curve" }).waitFor();

    assert.deepEqual(await offered(window), ["Lion: Open Dashboard"], "only what shows data is offered");
    await window.evaluate((vscode, names) => {
      for (const name of names) {
        // Not awaited: it ends when its message is closed.
        void vscode.commands.executeCommand(`lion.${name}`, { instructionId: 1, reason: "unclear" });
      }
    }, FORBIDDEN);
    await window.notifications.toast("This folder is not trusted, so Lion only shows its data").first().waitFor();
    await until(() => refusals(editor) === FORBIDDEN.length, "every command has been refused");
    assert.deepEqual(contents(folder), before);
    assert.deepEqual(processesWith(folder), [], "no process works on the folder");
    assertHealthy(editor, [window]);

    await window.command("workbench.trust.manage");
    await window.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await until(() => window.evaluate((vscode) => vscode.workspace.isTrusted), "the folder is trusted");
    const run = '.action-label:not(.disabled)[aria-label="Run Next Iteration"]';
    await window.tree("Iterations").pane.locator(run).waitFor({ state: "attached" });
  });
});
