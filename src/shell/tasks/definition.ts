import { isAbsolute, resolve } from "node:path";
import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import { STAGES, type StageName } from "../../core/store/iterations.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";

export type TaskStage = "iteration" | StageName | "train";

/** What a task does, as tasks.json says it. */
export interface LionTask {
  readonly stage: TaskStage;
  /** The project's folder, relative to the workspace folder; the workspace folder itself when left out. */
  readonly project?: string;
  /** Goes on without a window. */
  readonly unattended?: boolean;
  /** train: the folder that receives the weights, relative to the project's folder. */
  readonly output?: string;
  /** train: the target of lion.json to train on; that of the student's profile when left out. */
  readonly target?: string;
}

const TASK_STAGES: readonly TaskStage[] = ["iteration", ...STAGES, "train"];

/**
 * What a definition from tasks.json asks for.
 *
 * @throws LionError of kind `input`: one sentence about what is wrong with it.
 */
export function lionTaskOf(definition: Readonly<Record<string, unknown>>, words: Localizer): LionTask {
  const { stage, project, unattended, output, target } = definition;
  const known = TASK_STAGES.find((one) => one === stage);
  if (!known) {
    throw new LionError(
      "input",
      words.t("A task of type lion needs a stage in tasks.json, one of {0}.", TASK_STAGES.join(", ")),
    );
  }
  const isWrong = (value: unknown): boolean => value !== undefined && (typeof value !== "string" || value === "");
  const wrong = Object.entries({ project, output }).find(([, value]) => isWrong(value));
  if (wrong) {
    throw new LionError("input", words.t("“{0}” of a task of type lion in tasks.json must name a folder.", wrong[0]));
  }
  if (isWrong(target)) {
    throw new LionError(
      "input",
      words.t("“target” of a task of type lion in tasks.json must name a target of lion.json."),
    );
  }
  return {
    stage: known,
    ...(project !== undefined && { project: String(project) }),
    ...(unattended === true && { unattended }),
    ...(output !== undefined && { output: String(output) }),
    ...(target !== undefined && { target: String(target) }),
  };
}

/** The folder of the project that a task is about. @param workspaceFolder absolute; null in a window without one. */
export function projectFolderOf(task: LionTask, workspaceFolder: string | null, words: Localizer): string {
  if (task.project !== undefined && isAbsolute(task.project)) {
    return task.project;
  }
  if (workspaceFolder === null) {
    throw new LionError("input", words.t("Open the project's folder first: this task names none."));
  }
  return resolve(workspaceFolder, task.project ?? ".");
}

/** What the task list calls a task. */
export function taskName(task: LionTask, words: Localizer): string {
  const names: Readonly<Record<TaskStage, string>> = {
    iteration: task.unattended ? words.t("run unattended") : words.t("run next iteration"),
    imitation: words.t("run imitation"),
    discrimination: words.t("run discrimination"),
    generation: words.t("run generation"),
    train: task.target === undefined ? words.t("train student") : words.t("train student on {0}", oneLine(task.target)),
  };
  return task.project === undefined ? names[task.stage] : `${names[task.stage]} (${task.project})`;
}

/** The tasks that make sense for a project: its next stage by name, and training where the student is ours to train. */
export function tasksFor(
  config: ProjectConfig,
  options: { readonly project?: string; readonly next: StageName | null },
): LionTask[] {
  const project = options.project === undefined ? {} : { project: options.project };
  return [
    { stage: "iteration", ...project },
    { stage: "iteration", unattended: true, ...project },
    ...(options.next ? [{ stage: options.next, ...project }] : []),
    ...(checkpointProfileOf(config) ? [{ stage: "train" as const, ...project }] : []),
  ];
}
