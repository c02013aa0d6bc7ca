import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { ImportResult } from "../../src/core/pool/importing.ts";
import { loadProject } from "../../src/core/project/project.ts";
import { Store } from "../../src/core/store/store.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

describe("projects in the editor", () => {
  let shell: Shell;
  let root = "";
  let home = "";
  const made: string[] = [];

  before(async () => {
    shell = await shellForTests();
    home = shell.projects.require().folder;
    root = mkdtempSync(join(tmpdir(), "lion-suite-project-"));
  });

  after(async () => {
    await shell.projects.open(home);
    for (const folder of [root, ...made]) {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** A folder that belongs to this window, since it lies directly in the one that is open. */
  function inWindow(name: string): string {
    const folder = join(home, name);
    made.push(folder);
    return folder;
  }

  it("makes a filled sandbox project by questions, and opens it", async () => {
    const folder = inWindow("made-oracle");
    const prompter = new ScriptedPrompter([{ pick: "$(beaker)" }, { pick: "Quick" }, { pick: "Completely" }]);
    assert.equal(await runScripted(shell, prompter, "lion.newProject", { folder }), folder);
    const { project, store } = shell.projects.require();
    assert.equal(project.directory, folder);
    assert.equal(project.config.discrimination.mode, "full");
    assert.equal(store.pools.train(1).length, 800);
    await until(() => prompter.told.length > 0, "the next step is offered");
    assert.match(prompter.told.join(), /its pools are filled/);
  });

  it("leaves no trace when a question is cancelled", async () => {
    const folder = inWindow("made-never");
    const prompter = new ScriptedPrompter([{ pick: "$(cloud)" }, "escape"]);
    assert.equal(await runScripted(shell, prompter, "lion.newProject", { folder }), undefined);
    assert.ok(!existsSync(folder));
    assert.deepEqual(prompter.told, []);
  });

  it("makes no project where there is one", async () => {
    const prompter = new ScriptedPrompter();
    await runScripted(shell, prompter, "lion.newProject", { kind: "paid", mode: "lazy", folder: home });
    assert.match(prompter.told.join(), /has a lion\.json already/);
  });

  it("imports by questions, lists refused rows by line, and takes the same file once", async () => {
    const folder = inWindow("made-import");
    const prompter = new ScriptedPrompter();
    await runScripted(shell, prompter, "lion.newProject", { kind: "paid", mode: "lazy", folder });
    const file = join(root, "rows.jsonl");
    const rows = Array.from({ length: 250 }, (_, place) => ({ instruction: `task ${place}`, input: "", output: "o" }));
    writeFileSync(file, [...rows.map((row) => JSON.stringify(row)), "{broken", '{"instruction": ""}'].join("\n"));
    const answers = [{ pick: "Both Pools" }, { pick: "The Teacher's" }, { text: "somebody" }, { text: "CC0" }];
    const importing = new ScriptedPrompter(answers, ["Show Refused Rows"]);
    const result: ImportResult = await runScripted(shell, importing, "lion.import", { file });
    assert.equal(result.imported, 250);
    assert.deepEqual(importing.told, ["rows.jsonl: 250 imported, 0 there already, 2 refused."]);
    await until(() => vscode.window.activeTextEditor?.document.uri.scheme === "lion-refused", "the rows are shown");
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? "", /\n251 {2}.*not valid JSON.*\n252 {2}/);
    const { store } = shell.projects.require();
    const [first] = store.instructions.getMany(store.pools.train(1));
    assert.equal(first?.licence, "CC0");
    assert.equal(store.ledger.answersOf(first?.id ?? 0, "teacher")[0]?.writtenBy, "somebody");
    const again = new ScriptedPrompter();
    const second: ImportResult = await runScripted(shell, again, "lion.import", { file, into: "pools" });
    assert.deepEqual([second.imported, second.duplicates], [0, 250]);
  });

  it("says which line was wrong first when nothing could be imported", async () => {
    const file = join(root, "useless.jsonl");
    writeFileSync(file, "nothing\n");
    const prompter = new ScriptedPrompter();
    await runScripted(shell, prompter, "lion.import", { file, into: "pools" });
    await until(() => prompter.told.length > 0, "the failure is told");
    assert.match(prompter.told.join(), /^Nothing in useless\.jsonl could be imported: line 1: /);
    const missing = new ScriptedPrompter();
    await runScripted(shell, missing, "lion.import", { file: join(root, "none.jsonl"), into: "pools" });
    assert.match(missing.told.join(), /none\.jsonl/);
  });

  it("takes a written instruction, and the same one only once", async () => {
    const answers = [{ text: "Name a river." }, { text: "" }, { text: "Be brief." }, { pick: "Candidates" }];
    const id = await runScripted<number>(shell, new ScriptedPrompter(answers), "lion.newInstruction");
    const { store } = shell.projects.require();
    assert.equal(store.instructions.get(id)?.system, "Be brief.");
    assert.equal(store.instructions.get(id)?.origin, "written");
    assert.ok(store.candidates.get(id));
    const again = new ScriptedPrompter();
    const same = { instruction: "Name a river.", system: "Be brief.", into: "candidates" };
    await runScripted(shell, again, "lion.newInstruction", same);
    assert.match(again.told.join(), /is there already as #\d+/);
  });

  it("exports and backs up, but never onto the project's own files", async () => {
    const file = join(root, "train.json");
    const written = await runScripted<number>(shell, new ScriptedPrompter([{ pick: "Train Pool" }]), "lion.export", {
      file,
    });
    assert.equal(written, 250);
    assert.equal(JSON.parse(readFileSync(file, "utf8")).length, 250);
    const copy = join(root, "copy.db");
    assert.equal(await runScripted(shell, new ScriptedPrompter(), "lion.backUp", { file: copy }), true);
    const backup = new Store(copy, { readonly: true });
    assert.equal(backup.pools.train(1).length, 250);
    backup.close();
    const { project } = shell.projects.require();
    for (const own of [project.configFile, project.databaseFile]) {
      const prompter = new ScriptedPrompter();
      await runScripted(shell, prompter, "lion.backUp", { file: own });
      assert.match(prompter.told.join(), /belongs to the project itself/);
    }
    assert.ok(loadProject(project.directory));
  });

  it("opens the sandbox demo within two seconds, ready for every command", async () => {
    const folder = inWindow("made-demo");
    const prompter = new ScriptedPrompter();
    const start = performance.now();
    assert.equal(await runScripted(shell, prompter, "lion.openSandboxDemo", { folder }), folder);
    const spent = performance.now() - start;
    assert.ok(spent < 2000, `${Math.round(spent)} ms`);
    const { project, store } = shell.projects.require();
    assert.equal(project.directory, folder);
    assert.ok((store.iterations.latest()?.number ?? 0) >= 2);
    assert.ok(["student", "sandbox-student"].includes(project.config.roles.student));
    await until(() => prompter.told.length > 0, "the demo is introduced");
    assert.match(prompter.told.join(), /The sandbox demo is ready/);
    const again = new ScriptedPrompter();
    await runScripted(shell, again, "lion.openSandboxDemo", { folder });
    assert.match(again.told.join(), /is not empty: choose another folder/);
  });

  it("switches between the projects of the window", async () => {
    await until(() => shell.projects.all().length > 2, "the new projects are found");
    const prompter = new ScriptedPrompter([{ pick: "made-import" }]);
    await runScripted(shell, prompter, "lion.switchProject");
    assert.equal(shell.projects.require().folder, join(home, "made-import"));
    await vscode.commands.executeCommand("lion.openConfig");
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, join(home, "made-import", "lion.json"));
  });
});
