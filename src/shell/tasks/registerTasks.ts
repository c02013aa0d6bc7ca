import { type Disposable, tasks } from "vscode";
import type { Demand } from "../demand.ts";

/** What tasks are called in tasks.json. */
export const TASK_TYPE = "lion";

/** Provides the tasks of type `lion`. */
export function registerTasks(onDemand: Demand): Disposable {
  return tasks.registerTaskProvider(TASK_TYPE, {
    provideTasks: async (token) => (await onDemand()).tasks.provideTasks(token),
    resolveTask: async (task, token) => (await onDemand()).tasks.resolveTask(task, token),
  });
}
