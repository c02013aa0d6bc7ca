import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import type { LionExports } from "../../src/extension.ts";
import { allCommands } from "../../src/shell/commands/allCommands.ts";
import { ChatPanel } from "../../src/shell/panels/chatPanel.ts";
import { Dashboard } from "../../src/shell/panels/dashboardPanel.ts";
import { Panels } from "../../src/shell/panels/panels.ts";
import { TrainingPanel } from "../../src/shell/panels/trainingPanel.ts";

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
    const pages = {
      chat: new ChatPanel(shell),
      dashboard: new Dashboard(shell),
      panels: new Panels(shell),
      training: new TrainingPanel(shell),
    };
    assert.deepEqual(Object.keys(allCommands(shell, trees, pages)).sort(), declared().sort());
    for (const page of Object.values(pages)) {
      page.dispose();
    }
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
