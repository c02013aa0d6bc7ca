import { SystemClock } from "../core/clock.ts";
import { LionError } from "../core/errors.ts";
import type { Project } from "../core/project/project.ts";
import type { Store } from "../core/store/store.ts";
import type { Checkpoint } from "../core/store/training.ts";
import type { TrainingServices } from "../core/training/studentTrainer.ts";
import { trainerRoot } from "../engine/installation.ts";
import { targetsOf } from "../engine/services.ts";
import { askSecret } from "./asking.ts";

/** What filing, fetching and cancelling work with; ssh's questions are asked in the terminal. */
export function trainingServices(project: Project, store: Store): TrainingServices {
  const clock = new SystemClock();
  const prompter = process.stdin.isTTY ? askSecret : undefined;
  return {
    ...{ store, clock },
    targets: targetsOf(project, trainerRoot, clock, prompter),
    projectDir: project.directory,
    dataDir: project.dataDirectory,
  };
}

/** @throws LionError when the iteration has none. */
export function checkpointOf(store: Store, iteration: number): Checkpoint {
  const checkpoint = store.training.checkpointOf(iteration);
  if (!checkpoint) {
    throw new LionError("input", `Iteration ${iteration} has no checkpoint: \`lion checkpoint list\` shows them.`);
  }
  return checkpoint;
}
