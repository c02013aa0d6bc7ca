import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { loadProject, type Project } from "../../src/core/project/project.ts";
import type { Checkpoint } from "../../src/core/store/training.ts";
import type { HostFacts } from "../../src/core/training/host/probe.ts";
import type { ProjectSession } from "../../src/shell/projectSession.ts";
import type { Shell } from "../../src/shell/shell.ts";
import type { Trees } from "../../src/shell/trees/registerTrees.ts";
import { startLongJob } from "./longJob.ts";
import { makeSandboxProject, removeProject } from "./sandboxProject.ts";
import { type Answer, runScripted, ScriptedPrompter, shellForTests, until } from "./support.ts";

describe("checkpoints, jobs and targets", function () {
  this.timeout(120_000);
  let shell: Shell;
  let trees: Trees;
  let home = "";
  /** A folder with a small LLaMA, as the demo's training left it. */
  let weights = "";
  const made: Project[] = [];

  before(async () => {
    shell = await shellForTests();
    trees = vscode.extensions.getExtension<{ trees: Trees }>("lion-curator.lion-curator")?.exports.trees as Trees;
    const demo = shell.projects.require();
    home = demo.folder;
    weights = resolve(demo.project.dataDirectory, demo.store.training.checkpointOf(1)?.directory ?? "");
    await vscode.commands.executeCommand("lion.jobs.focus");
  });

  afterEach(() => shell.projects.open(home));

  after(() => {
    for (const project of made) {
      removeProject(project);
    }
  });

  async function open(): Promise<ProjectSession> {
    const project = await makeSandboxProject();
    made.push(project);
    await shell.projects.open(project.directory);
    return shell.projects.require();
  }

  async function run<T>(
    command: string,
    { answers = [], clicks = [] }: { answers?: readonly Answer[]; clicks?: readonly string[] },
    argument?: unknown,
  ): Promise<{ result: T; prompter: ScriptedPrompter }> {
    const prompter = new ScriptedPrompter(answers, clicks);
    return { result: await runScripted<T>(shell, prompter, command, argument), prompter };
  }

  /** What the view shows: descriptions and contexts of all rows but the folders. */
  function rows(): Array<{ readonly description: string; readonly context: string }> {
    const { model } = trees.jobs;
    return (model?.children() ?? [])
      .flatMap((folder) => model?.children(folder) ?? [])
      .flatMap((node) => model?.item(node) ?? [])
      .map(({ description = "", contextValue }) => ({ description, context: contextValue }));
  }

  it("show what the demo was trained on and what each student continues", async () => {
    await until(() => rows().length > 3, "the view is filled");
    const [newest, ...others] = rows().filter(({ context }) => context.startsWith("checkpoint."));
    assert.equal(newest?.context, "checkpoint.here.trained");
    assert.match(newest?.description ?? "", /instructions · 615\.7 kB · continues student \d/);
    assert.match(others.at(-1)?.description ?? "", /from the base model/);
    assert.ok(rows().some(({ context }) => context === "job.train.collected.here"));
  });

  it("say that a student which has answered stays", async () => {
    const { prompter } = await run("lion.registerCheckpoint", {});
    assert.match(prompter.told.join(), /Every student so far has answered already/);
  });

  it("register a folder by questions, show it, and take it back and forth", async () => {
    const session = await open();
    const answers = [{ pick: "Iteration 1" }, { pick: "lion" }, { text: "from\nelsewhere" }];
    const { result } = await run<Checkpoint>("lion.registerCheckpoint", { answers }, { path: weights });
    assert.equal(result.jobId, null);
    await until(() => rows().length === 1, "the view shows it");
    assert.equal(rows()[0]?.context, "checkpoint.here.registered");
    assert.match(rows()[0]?.description ?? "", /^registered · 615\.7 kB/);

    const { prompter } = await run("lion.unregisterCheckpoint", { clicks: ["Undo"] }, { iteration: 1 });
    assert.match(prompter.told[0] ?? "", /Student 1 is no longer the registered one/);
    await until(() => session.store.training.checkpointOf(1) !== null, "it is registered again");
    await run("lion.unregisterCheckpoint", {}, { iteration: 1 });
    await until(() => rows().length === 0, "the view is empty");
    assert.equal(session.store.training.checkpointOf(1), null);
  });

  it("refuse what is no student, in one sentence, and store nothing", async () => {
    const session = await open();
    const empty = mkdtempSync(join(tmpdir(), "lion-no-weights-"));
    writeFileSync(join(empty, "config.json"), '{"model_type": "gpt2"}');
    const given = { iteration: 1, template: "lion", note: "" };
    const other = await run("lion.registerCheckpoint", {}, { ...given, path: empty });
    assert.match(other.prompter.told.join(), /holds a model of type "gpt2", and a student is a LLaMA/);
    const beyond = await run("lion.registerCheckpoint", {}, { ...given, iteration: 7, path: weights });
    assert.match(beyond.prompter.told.join(), /There is no iteration 7 yet/);
    const here = await run("lion.fetchCheckpoint", {});
    assert.match(here.prompter.told.join(), /nothing to fetch/);
    assert.deepEqual(session.store.training.checkpoints(), []);
  });

  it("show a job that was left at work, cancel it when that is confirmed, and say that it can go on", async () => {
    const session = await open();
    const job = await startLongJob(session, "iteration-001-imitation-001-suite");
    await until(() => rows()[0]?.description.includes("step 3 of 9") ?? false, "the job's progress is shown");
    assert.match(rows()[0]?.description ?? "", /^running · step 3 of 9 · loss 1\.250 · 1 min 0 s left · local$/);
    assert.equal(rows()[0]?.context, "job.train.running.here");

    const kept = await run<boolean>("lion.cancelJob", {}, { jobId: job.id });
    assert.equal(kept.result, false);
    assert.match(kept.prompter.told[0] ?? "", /Cancel “Training 1” at step 3 of 9\? It saves this step/);
    assert.equal(job.exitCode(), null);
    const gone = await run<boolean>("lion.cancelJob", { clicks: ["Cancel Job"] }, { jobId: job.id });
    assert.equal(gone.result, true);
    assert.match(gone.prompter.told[1] ?? "", /“Training 1” is cancelled/);
    assert.equal(session.store.training.job(job.id)?.state, "failed");
    await until(() => rows()[0]?.context === "job.train.cancelled.here", "the view shows it");
    const over = await run("lion.cancelJob", {});
    assert.match(over.prompter.told.join(), /nothing to cancel/);
  });

  it("add a target by questions, and keep the comments of lion.json", async () => {
    const session = await open();
    const file = session.project.configFile;
    writeFileSync(file, readFileSync(file, "utf8").replace("{", "{ // mine\n"));
    const answers: Answer[] = [
      { text: "/data/lion" },
      { pick: "$(edit)" },
      { text: "/opt/py/bin/python" },
      { text: "gpu" },
    ];
    const target = { kind: "ssh", host: "me@gpu-1.example.org" };
    const { result } = await run<string>("lion.addTarget", { answers }, target);
    assert.equal(result, "gpu");
    assert.match(readFileSync(file, "utf8"), /\/\/ mine/);
    const targets = () => loadProject(session.folder).config.targets;
    const { gpu } = targets();
    assert.ok(gpu?.kind === "ssh");
    assert.deepEqual([gpu.host, gpu.folder, gpu.python], [target.host, "/data/lion", "/opt/py/bin/python"]);
    const hostile = await run("lion.addTarget", { answers }, { ...target, host: "-oProxyCommand=touch x" });
    assert.match(hostile.prompter.told.join(), /host/);
    assert.deepEqual(Object.keys(targets()), ["local", "gpu"]);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("check what this machine has for a training, as a document", async () => {
    await open();
    const { result } = await run<readonly HostFacts[]>("lion.checkTarget", {}, { target: "local" });
    assert.equal(result.length, 1);
    const text = vscode.window.activeTextEditor?.document;
    assert.equal(text?.uri.scheme, "lion-target");
    assert.match(text?.getText() ?? "", /^The target local, as it is now\n\n- .* runs .*\.\n- /);
    const none = await run("lion.checkTarget", {}, { target: "nowhere" });
    assert.match(none.prompter.told.join(), /no training target “nowhere”/);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });
});
