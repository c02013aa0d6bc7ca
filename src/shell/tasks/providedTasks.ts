import { relative } from "node:path";
import {
  CustomExecution,
  Task,
  type TaskDefinition,
  TaskPanelKind,
  type TaskProvider,
  TaskRevealKind,
  TaskScope,
  Uri,
  type WorkspaceFolder,
  workspace,
} from "vscode";
import { loadProject } from "../../core/project/project.ts";
import type { Shell } from "../shell.ts";
import { factsOf } from "../status/facts.ts";
import { nextOf, standingOf } from "../status/standing.ts";
import { editorWords } from "../words.ts";
import { lionTaskOf, taskName, tasksFor } from "./definition.ts";
import { TASK_TYPE } from "./registerTasks.ts";
import { RunTerminal } from "./runTerminal.ts";

/** The tasks of all projects in this window, and those of tasks.json with what they do. */
export function providedTasks(shell: Shell): TaskProvider {
  return {
    provideTasks: async () => {
      await shell.projects.started;
      return shell.projects.all().flatMap((folder) => tasksIn(shell, folder));
    },
    resolveTask: ({ definition, scope }) => taskFor(shell, definition, scope ?? TaskScope.Workspace),
  };
}

function tasksIn(shell: Shell, folder: string): Task[] {
  const workspaceFolder = workspace.getWorkspaceFolder(Uri.file(folder));
  const { current } = shell.projects;
  try {
    const open = current?.folder === folder ? current : null;
    const config = open ? open.project.config : loadProject(folder).config;
    const next = open ? (nextOf(standingOf(factsOf(open)))?.stage ?? null) : null;
    const below = workspaceFolder ? relative(workspaceFolder.uri.fsPath, folder) : folder;
    return tasksFor(config, { next, ...(below !== "" && { project: below }) }).map((task) =>
      taskFor(shell, { type: TASK_TYPE, ...task }, workspaceFolder ?? TaskScope.Workspace),
    );
  } catch (error) {
    // A project that cannot be read has no tasks; the view says why.
    shell.log.debug(String(error));
    return [];
  }
}

/** A task as its definition alone describes it; what is wrong with the definition is said when it runs. */
function taskFor(
  shell: Shell,
  definition: TaskDefinition,
  scope: WorkspaceFolder | TaskScope.Global | TaskScope.Workspace,
): Task {
  const folder = typeof scope === "object" ? scope : workspace.workspaceFolders?.[0];
  const execution = new CustomExecution(
    async (resolved) => new RunTerminal(shell, resolved, folder?.uri.fsPath ?? null),
  );
  const task = new Task(definition, scope, nameOf(definition), "Lion", execution, ["$lion"]);
  task.presentationOptions = { panel: TaskPanelKind.Dedicated, reveal: TaskRevealKind.Always, clear: true };
  return task;
}

function nameOf(definition: TaskDefinition): string {
  try {
    return taskName(lionTaskOf(definition, editorWords()), editorWords());
  } catch {
    return String(definition.stage ?? TASK_TYPE);
  }
}
