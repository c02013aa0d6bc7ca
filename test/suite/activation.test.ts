import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import type { LionExports } from "../../src/extension.ts";
import { allCommands } from "../../src/shell/commands/allCommands.ts";
import { Dashboard } from "../../src/shell/panels/dashboardPanel.ts";
import { Panels } from "../../src/shell/panels/panels.ts";

const EXTENSION = "lion-curator.lion-curator";

describe("the extension in the editor", () => {
  const extension = vscode.extensions.getExtension<LionExports>(EXTENSION);
  const declared = (): string[] =>
    extension?.packageJSON.contributes.commands.map(({ command }: { command: string }) => command) ?? [];

  it("activates in a folder with a lion.json, and offers every command of its manifest", async () => {
    assert.ok(extension, `${EXTENSION} is not installed`);
    await extension.activate();
    const known = new Set(await vscode.commands.getCommands(true));
    assert.ok(declared().length > 30, `${declared().length} commands`);
    assert.deepEqual(
      declared().filter((command) => !known.has(command)),
      [],
    );
  });

  it("can carry out what its manifest declares, and nothing else", () => {
    assert.ok(extension);
    const { shell, trees } = extension.exports;
    const dashboard = new Dashboard(shell);
    const panels = new Panels(shell);
    assert.deepEqual(Object.keys(allCommands(shell, trees, dashboard, panels)).sort(), declared().sort());
    dashboard.dispose();
    panels.dispose();
  });

  it("opens the project by itself once it is active", async () => {
    assert.ok(extension);
    const { projects } = extension.exports.shell;
    await projects.started;
    assert.ok(projects.current, String(projects.problem));
  });

  it("has Node-API 10, which the database needs", () => {
    assert.ok(Number(process.versions.napi) >= 10, `Node-API ${process.versions.napi}`);
  });
});
