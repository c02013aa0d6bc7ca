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

/** What a job inherits from this process: everything but the keys, which are for the endpoints alone. */
export function jobEnvironment(project: Project): NodeJS.ProcessEnv {
  const keys = Object.values(project.config.profiles).flatMap((profile) =>
    profile.kind === "openai" && profile.apiKeyEnv !== undefined ? [profile.apiKeyEnv] : [],
  );
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !keys.includes(name)));
}
