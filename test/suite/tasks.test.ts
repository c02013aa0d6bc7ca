import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { Project } from "../../src/core/project/project.ts";
import type { Shell } from "../../src/shell/shell.ts";
import { endLongJob, startLongJob } from "./longJob.ts";
import { makeSandboxProject, removeProject } from "./sandboxProject.ts";
import { shellForTests, until } from "./support.ts";

describe("tasks of type lion", function () {
  this.timeout(120_000);
  let shell: Shell;
  let home = "";
  let project: Project;

  before(async () => {
    shell = await shellForTests();
    home = shell.projects.require().folder;
    project = await makeSandboxProject();
  });

  after(async () => {
    await shell.projects.open(home);
    removeProject(project);
  });

  /** Runs what the definition alone describes. Returns the exit code. */
  async function exitCodeOf(definition: Readonly<Record<string, unknown>>): Promise<number | undefined> {
    const provided = await vscode.tasks.fetchTasks({ type: "lion" });
    const [template] = provided;
    assert.ok(template?.execution instanceof vscode.CustomExecution, "the provider's tasks run by themselves");
    const task = new vscode.Task(
      { type: "lion", ...definition },
      vscode.TaskScope.Workspace,
      nameOf(definition),
      "Lion",
      template.execution,
    );
    return endOf(task);
  }

  function nameOf(definition: Readonly<Record<string, unknown>>): string {
    return `test ${String(definition.stage)} ${basename(dirname(String(definition.project)))}`;
  }

  async function endOf(task: vscode.Task): Promise<number | undefined> {
    const ended = new Promise<number | undefined>((resolve) => {
      const listening = vscode.tasks.onDidEndTaskProcess((event) => {
        if (event.execution.task.name === task.name) {
          listening.dispose();
          resolve(event.exitCode);
        }
      });
    });
    await vscode.tasks.executeTask(task);
    return ended;
  }

  it("are offered for the projects of the window, with the matcher for tracebacks", async () => {
    const provided = await vscode.tasks.fetchTasks({ type: "lion" });
    const stages = provided.map(({ definition }) => definition.stage);
    assert.ok(stages.includes("iteration") && stages.includes("train"), stages.join());
    assert.deepEqual(provided[0]?.problemMatchers, ["$lion"]);
    assert.equal(provided[0]?.presentationOptions.panel, vscode.TaskPanelKind.Dedicated);
  });

  it("run an iteration to its approval and end as the command line does", async () => {
    assert.equal(await exitCodeOf({ stage: "iteration", project: project.directory }), 3);
    assert.equal(shell.projects.require().folder, project.directory);
  });

  it("run from tasks.json, where nothing but the definition says what they are", async () => {
    const folder = join(home, ".vscode");
    mkdirSync(folder, { recursive: true });
    const label = "from the file";
    const task = { label, type: "lion", stage: "generation", project: project.directory };
    writeFileSync(join(folder, "tasks.json"), JSON.stringify({ version: "2.0.0", tasks: [task] }));
    let found: vscode.Task | undefined;
    await until(async () => {
      found = (await vscode.tasks.fetchTasks()).find(({ name }) => name === label);
      return found !== undefined;
    }, "the file's task is known");
    assert.ok(found);
    // The iteration is at its approval: its generation goes on waiting.
    assert.equal(await endOf(found), 3);
  });

  it("pause on Ctrl+C", async () => {
    const slow = await makeSandboxProject({ latencyMs: 60 });
    try {
      const definition = { stage: "iteration", project: slow.directory };
      const ended = exitCodeOf(definition);
      await until(() => (shell.projects.current?.engine.state.progress?.done ?? 0) > 2, "the run has begun", 30_000);
      const terminal = vscode.window.terminals.find(({ name }) => name.includes(nameOf(definition)));
      assert.ok(terminal, vscode.window.terminals.map(({ name }) => name).join());
      terminal.sendText("\x03", false);
      assert.equal(await ended, 130);
    } finally {
      await shell.projects.open(home);
      removeProject(slow);
    }
  });

  it("show a training that is at work already, and end with its job's own code", async () => {
    const left = await makeSandboxProject();
    try {
      await shell.projects.open(left.directory);
      const job = await startLongJob(shell.projects.require(), "iteration-001-imitation-001-task");
      const ended = exitCodeOf({ stage: "train", project: left.directory });
      setTimeout(() => endLongJob(job, 5), 1500);
      assert.equal(await ended, 5);
      assert.equal(job.text("log"), "the first line\nthe last line\n");
    } finally {
      await shell.projects.open(home);
      removeProject(left);
    }
  });

  it("end with the code for bad input when the definition or the project does not allow it", async () => {
    assert.equal(await exitCodeOf({ stage: "train", project: project.directory }), 2);
    assert.equal(await exitCodeOf({ stage: "imitation", project: project.directory }), 2);
    assert.equal(await exitCodeOf({ stage: "iteration", project: `${project.directory}-none` }), 2);
  });
});
