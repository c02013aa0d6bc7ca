import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { parseProject } from "../../src/core/project/project.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

describe("lion.json in the editor", () => {
  let shell: Shell;
  let document: vscode.TextDocument;
  let sound = "";

  before(async () => {
    shell = await shellForTests();
    document = await vscode.workspace.openTextDocument(shell.projects.require().project.configFile);
    await vscode.window.showTextDocument(document);
    sound = document.getText();
  });

  afterEach(async () => {
    await write(sound);
    await document.save();
    const taken = (): boolean => isDeepStrictEqual(shell.projects.require().project.config, parseProject(sound));
    await until(taken, "the project has the sound file again");
  });

  async function write(text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }

  const ours = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "lion");

  /** The text with one role bound to another profile. */
  const bound = (role: string, profile: string): string =>
    sound.replace(new RegExp(`("${role}": )"[^"]*"(?=,?\\s*\\n)`), `$1"${profile}"`);

  async function actionsAt(range: vscode.Range): Promise<vscode.CodeAction[]> {
    return vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, range);
  }

  it("may have comments", () => {
    assert.equal(document.languageId, "jsonc");
  });

  it("is checked by the schema of this version, also when the project has an older one or none", async () => {
    const schema = join(shell.projects.require().project.dataDirectory, "lion.schema.json");
    const current = JSON.parse(readFileSync(join(shell.installation.root, "dist", "lion.schema.json"), "utf8"));
    await until(() => existsSync(schema), "the schema is there");
    assert.deepEqual(JSON.parse(readFileSync(schema, "utf8")), current);
    assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    await write(sound.replace('"seed"', '"nonsense": 1, "seed"'));
    const theirs = (): boolean =>
      vscode.languages.getDiagnostics(document.uri).some(({ message }) => message.includes("nonsense"));
    await until(theirs, "the editor's own check has seen it");
  });

  it("underlines a role whose profile does not exist, while it is typed, and offers what mends it", async () => {
    await write(bound("referee", "refere"));
    await until(() => ours().length > 0, "the role is underlined");
    const [problem] = ours();
    assert.ok(problem);
    assert.equal(document.getText(problem.range), '"refere"');
    assert.match(problem.message, /roles\.referee names the profile "refere", which does not exist: did you mean/);
    const actions = await actionsAt(problem.range);
    const rename = actions.find(({ title }) => title === 'Change roles.referee to "referee"');
    assert.ok(rename?.edit, actions.map(({ title }) => title).join("; "));
    assert.ok(actions.some(({ title }) => title === "Add profiles.refere"));
    await vscode.workspace.applyEdit(rename.edit);
    await until(() => ours().length === 0, "nothing is underlined");
    assert.equal(document.getText(), sound);
  });

  it("offers the default for a value that the schema refuses", async () => {
    await write(sound.replace(/"seed": \d+/, '"seed": -4'));
    const at = document.positionAt(document.getText().indexOf("-4"));
    await until(
      async () => (await actionsAt(new vscode.Range(at, at))).some(({ title }) => title === "Change seed to 1"),
      "the default is offered",
    );
  });

  it("is checked although its syntax is broken", async () => {
    await write(bound("teacher", "nobody").replace(/,(\s*"profiles")/, "$1"));
    await until(() => ours().some(({ message }) => message.includes('"nobody"')), "the role is underlined");
  });

  it("completes the names of profiles, and none of a checkpoint for a teacher", async () => {
    const offset = sound.indexOf('"teacher": "', sound.indexOf('"roles"')) + '"teacher": "'.length;
    const list: vscode.CompletionList = await vscode.commands.executeCommand(
      "vscode.executeCompletionItemProvider",
      document.uri,
      document.positionAt(offset),
    );
    const labels = list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    assert.ok(labels.includes('"referee"') && labels.includes('"sandbox-student"'), labels.join());
    assert.ok(!labels.includes('"student"'), labels.join());
  });

  it("says above its parts who uses them, what is hard at this τ, and what can be done", async () => {
    await write(sound.replace(/("discrimination": \{)/, '$1 "tau": 0.5,'));
    const lenses: vscode.CodeLens[] = await vscode.commands.executeCommand(
      "vscode.executeCodeLensProvider",
      document.uri,
      100,
    );
    const titles = lenses.map(({ command }) => command?.title ?? "");
    assert.ok(titles.includes("used as teacher"), titles.join("; "));
    assert.ok(
      titles.some((title) => /^\d+ of \d+ rated are hard at this τ in iteration \d+$/.test(title)),
      titles.join(),
    );
    for (const command of ["lion.chooseModel", "lion.estimate"]) {
      assert.ok(
        lenses.some((lens) => lens.command?.command === command),
        command,
      );
    }
  });

  it("lets a role be bound to another profile, keeps what is not saved yet, and says from when on it counts", async () => {
    await write(`// mine\n${sound}`);
    const prompter = new ScriptedPrompter([{ pick: "student" }, { pick: "sandbox-student" }]);
    assert.equal(await runScripted(shell, prompter, "lion.chooseModel"), true);
    assert.ok(document.getText().startsWith("// mine\n"));
    assert.match(document.getText(), /"student": "sandbox-student"/);
    assert.equal(document.isDirty, false);
    assert.match(
      prompter.told.join(),
      /sandbox-student from the next iteration on\. Iteration \d+ keeps the configuration/,
    );
    await until(
      () => shell.projects.require().project.config.roles.student === "sandbox-student",
      "the project has taken it over",
    );
  });

  it("is left alone by a choice that would break it", async () => {
    const prompter = new ScriptedPrompter();
    await runScripted(shell, prompter, "lion.chooseModel", { role: "teacher", profile: "student" });
    assert.match(prompter.told.join(), /a checkpoint, which only the student can be/);
    assert.equal(document.getText(), sound);
  });

  it("gets a new profile from the models that an endpoint offers, which sees the key of its own origin alone", async () => {
    const asked: Array<{ readonly url: string; readonly authorization: string }> = [];
    const server = createServer(({ url = "", headers }, response) => {
      asked.push({ url, authorization: headers.authorization ?? "none" });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ data: [{ id: "tiny" }, { id: "large" }, { id: 7 }, { id: "x".repeat(500) }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await shell.keys.set("http://127.0.0.1:1", "sk-elsewhere");
    try {
      const prompter = new ScriptedPrompter([{ pick: "$(add)" }, { text: `${origin}/v1` }, { pick: "tiny" }]);
      assert.equal(await runScripted(shell, prompter, "lion.chooseModel", { role: "referee" }), true);
      assert.deepEqual(prompter.labels, ["large", "tiny", "$(edit) Another Model…"]);
      assert.match(document.getText(), /"referee": "tiny"/);
      await shell.keys.set(origin, "sk-here");
      const again = new ScriptedPrompter([{ pick: "large" }]);
      await runScripted(shell, again, "lion.chooseModel", { role: "referee", baseUrl: `${origin}/v1` });
      assert.deepEqual(asked, [
        { url: "/v1/models", authorization: "none" },
        { url: "/v1/models", authorization: "Bearer sk-here" },
      ]);
    } finally {
      await shell.keys.clear(origin);
      await shell.keys.clear("http://127.0.0.1:1");
      server.close();
    }
  });

  it("gets a new profile for a model that a person types, and a key only for the host that it was typed for", async () => {
    const prompter = new ScriptedPrompter([
      { pick: "evaluator" },
      { pick: "$(add)" },
      { text: "http://models.example.com/v1" },
      { text: "org/Judge-2" },
    ]);
    assert.equal(await runScripted(shell, prompter, "lion.chooseModel"), true);
    await until(() => shell.projects.require().project.config.roles.evaluator === "judge-2", "the role is bound");
    const refused = new ScriptedPrompter([{ confirm: false }]);
    assert.equal(await runScripted(shell, refused, "lion.setApiKey"), false);
    assert.match(refused.questions.join(), /Send a key to http:\/\/models\.example\.com without encryption\?/);
    const stored = new ScriptedPrompter([{ confirm: true }, { text: "sk-test-1" }]);
    assert.equal(await runScripted(shell, stored, "lion.setApiKey"), true);
    assert.match(
      stored.questions.join(),
      /Sent to http:\/\/models\.example\.com and to no other host; used by judge-2/,
    );
    assert.equal(await shell.keys.get("http://models.example.com"), "sk-test-1");
    assert.equal(await shell.keys.get("https://models.example.com"), undefined);
    const elsewhere = new ScriptedPrompter();
    await runScripted(shell, elsewhere, "lion.setApiKey", { origin: "https://evil.example" });
    assert.match(elsewhere.told.join(), /No profile of the project uses https:\/\/evil\.example/);
    const cleared = new ScriptedPrompter([{ pick: "http://models.example.com" }]);
    assert.equal(await runScripted(shell, cleared, "lion.clearApiKey"), true);
    assert.equal(await shell.keys.get("http://models.example.com"), undefined);
  });
});
