import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import Database from "better-sqlite3";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { Shell } from "../../src/shell/shell.ts";
import { runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

const LOCK_MS = 2000;
const LONGEST_STOP_MS = 50;
/** A machine that does much else stops a process now and then; a thread that waits for a lock stands still all the time. */
const QUANTILE = 99;
const ROUNDS = 3;

/** Holds the write lock of the database that its first argument names, and says so. */
const HOLDER = `
  const db = new (require(process.argv[2]))(process.argv[1]);
  db.exec("BEGIN IMMEDIATE");
  console.log("held");
  setTimeout(() => { db.exec("ROLLBACK"); db.close(); }, ${LOCK_MS});
`;

describe("a project in trouble", function () {
  this.timeout(60_000);
  let shell: Shell;
  let home = "";
  const made: string[] = [];

  before(async () => {
    shell = await shellForTests();
    home = shell.projects.require().folder;
  });

  afterEach(() => shell.projects.open(home));

  after(() => {
    for (const folder of made) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  });

  /** A copy of the window's project, in the window's folder. */
  function copy(name: string): string {
    const folder = join(home, name);
    made.push(folder);
    for (const part of ["lion.json", ".lion"]) {
      cpSync(join(home, part), join(folder, part), { recursive: true });
    }
    return folder;
  }

  async function holdLock(file: string): Promise<ChildProcess> {
    const library = join(shell.installation.root, "node_modules", "better-sqlite3");
    const holder = spawn(process.execPath, ["-e", HOLDER, file, library], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
    assert.ok(holder.stdout);
    await once(holder.stdout, "data");
    return holder;
  }

  it("waits for another process's lock without stopping the editor, and the decision arrives", async () => {
    await shell.projects.open(copy("made-busy"));
    const { store, browser } = shell.projects.require();
    const stops: number[] = [];
    for (let round = 0; round < ROUNDS && !stops.some((ms) => ms < LONGEST_STOP_MS); round++) {
      const [candidate] = browser.candidates.page("waiting", { limit: 1 }).rows;
      assert.ok(candidate);
      const holder = await holdLock(store.file);
      const released = once(holder, "exit");
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const begun = performance.now();
      await runScripted(shell, new ScriptedPrompter(), "lion.approve", { instructionId: candidate.id });
      delay.disable();
      assert.ok(performance.now() - begun > LOCK_MS / 2, "the lock was in the way");
      assert.equal(browser.candidates.get(candidate.id)?.state, "approved");
      stops.push(delay.percentile(QUANTILE) / 1e6);
      await released;
    }
    assert.ok(
      stops.some((ms) => ms < LONGEST_STOP_MS),
      `stopped for ${stops.map(Math.round).join(", ")} ms`,
    );
  });

  it("says what is wrong with a broken lion.json, offers what mends it, and opens by itself once it is mended", async () => {
    const folder = copy("made-broken");
    const file = join(folder, "lion.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"referee": "referee"', '"referee": "refere"'));
    await assert.rejects(shell.projects.open(folder), /roles\.referee names the profile "refere"/);
    assert.equal(shell.projects.current, null);
    const prompter = new ScriptedPrompter();
    await runScripted(shell, prompter, "lion.run");
    assert.match(prompter.told.join(), /roles\.referee names the profile "refere"/);

    await vscode.commands.executeCommand("lion.openConfig");
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.fsPath, file);
    const problems = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "lion");
    await until(() => problems().length === 1, "the role is underlined");
    const actions: vscode.CodeAction[] = await vscode.commands.executeCommand(
      "vscode.executeCodeActionProvider",
      document.uri,
      problems()[0]?.range,
    );
    const fix = actions.find(({ title }) => title === 'Change roles.referee to "referee"');
    assert.ok(fix?.edit, actions.map(({ title }) => title).join("; "));
    await vscode.workspace.applyEdit(fix.edit);
    await document.save();
    await until(() => shell.projects.current?.folder === folder, "the project has opened by itself");
    assert.equal(shell.projects.problem, null);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("is only shown when a newer version has written its database", async () => {
    const folder = copy("made-newer");
    const connection = new Database(join(folder, ".lion", "lion.db"));
    connection.pragma("user_version = 999");
    connection.close();
    const opening = new ScriptedPrompter();
    await runScripted(shell, opening, "lion.switchProject", { folder });
    assert.match(opening.told.join(), /written by a newer version of Lion: update the extension/);
    const { browser, store } = shell.projects.require();
    const [candidate] = browser.candidates.page("waiting", { limit: 1 }).rows;
    assert.ok(candidate, "its data is shown");
    for (const [command, argument] of [
      ["lion.approve", { instructionId: candidate.id }],
      ["lion.import", { file: join(folder, "lion.json"), into: "pools" }],
    ] as const) {
      const prompter = new ScriptedPrompter();
      await runScripted(shell, prompter, command, argument);
      assert.match(prompter.told.join(), /newer version/, command);
    }
    assert.equal(browser.candidates.get(candidate.id)?.state, "waiting");
    assert.equal(store.connection.pragma("user_version", { simple: true }), 999);
  });
});
