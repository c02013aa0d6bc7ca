import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";

const EXTENSION = "lion-curator.lion-curator";

describe("the extension in the editor", () => {
  it("activates in a folder with a lion.json, and offers every command of its manifest", async () => {
    const extension = vscode.extensions.getExtension(EXTENSION);
    assert.ok(extension, `${EXTENSION} is not installed`);
    await extension.activate();
    const known = new Set(await vscode.commands.getCommands(true));
    const declared: string[] = extension.packageJSON.contributes.commands.map(
      ({ command }: { command: string }) => command,
    );
    assert.ok(declared.length > 30, `${declared.length} commands`);
    assert.deepEqual(
      declared.filter((command) => !known.has(command)),
      [],
    );
  });

  it("has Node-API 10, which the database needs", () => {
    assert.ok(Number(process.versions.napi) >= 10, `Node-API ${process.versions.napi}`);
  });
});
