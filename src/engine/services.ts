import type { Project } from "../core/project/project.ts";
import { SystemProcessRunner } from "../core/training/processes.ts";
import { Python } from "../core/training/python.ts";

/** The Python of the project's local target. */
export function pythonOf(project: Project, trainerRoot: string): Python {
  return new Python({
    runner: new SystemProcessRunner(),
    configured: project.config.targets.local?.python,
    projectDir: project.directory,
    trainerRoot,
    environment: process.env,
  });
}
