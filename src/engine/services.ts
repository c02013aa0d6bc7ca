import type { Clock } from "../core/clock.ts";
import type { Project } from "../core/project/project.ts";
import { SystemProcessRunner } from "../core/training/processes.ts";
import { Python } from "../core/training/python.ts";
import type { Prompter } from "../core/training/ssh/askpass.ts";
import { Targets, targetMaker } from "../core/training/targets.ts";

/**
 * The places where the project's jobs run.
 *
 * @param prompter asks a person for what ssh wants to know; left out where nobody sits.
 */
export function targetsOf(project: Project, trainerRoot: string, clock: Clock, prompter?: Prompter): Targets {
  const environment = jobEnvironment(project);
  return new Targets(
    project.config.targets,
    targetMaker({ clock, projectDir: project.directory, trainerRoot, environment, prompter }),
  );
}

/** The Python of this machine, as the project's local target names it. */
export function pythonOf(project: Project, trainerRoot: string): Python {
  return new Python({
    runner: new SystemProcessRunner(),
    configured: Object.values(project.config.targets).find(({ kind }) => kind === "local")?.python,
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
