import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { Shell } from "../../src/shell/shell.ts";
import { runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

function dashboards(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith("lion.dashboard"));
}

describe("the dashboard's panel", () => {
  let shell: Shell;

  before(async () => {
    shell = await shellForTests();
  });

  after(async () => {
    await vscode.window.tabGroups.close(dashboards());
  });

  it("opens once and comes to the front when asked for again", async () => {
    await runScripted(shell, new ScriptedPrompter(), "lion.openDashboard");
    await until(() => dashboards().length === 1, "the dashboard is open");
    const document = await vscode.workspace.openTextDocument({ content: "something else" });
    await vscode.window.showTextDocument(document, { preview: false });
    assert.ok(!dashboards()[0]?.isActive);
    await vscode.commands.executeCommand("lion.openDashboard");
    await until(() => dashboards()[0]?.isActive === true, "the dashboard is in front");
    assert.equal(dashboards().length, 1);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await until(() => dashboards().length === 0, "the dashboard is closed");
    await vscode.commands.executeCommand("lion.openDashboard");
    await until(() => dashboards().length === 1, "the dashboard is open again");
  });
});
