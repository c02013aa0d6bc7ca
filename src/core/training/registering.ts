import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LionError } from "../errors.ts";
import type { CheckpointProfile } from "../project/schema.ts";
import type { Store } from "../store/store.ts";
import type { Checkpoint } from "../store/training.ts";
import { CheckpointPlaces } from "./checkpointPlaces.ts";
import { TRAINING_PURPOSE, type TrainingServices } from "./studentTrainer.ts";
import type { Target } from "./target.ts";
import { outputOfOthers } from "./trainingOutput.ts";
import { SMALL_FILES } from "./weights.ts";

export interface Registration {
  /** The iteration whose student it is from now on. */
  readonly iteration: number;
  /** A folder in Hugging Face format: on this machine relative to the project's folder, else a path of the target. */
  readonly path: string;
  /** The target's name in lion.json. */
  readonly target: string;
  /** How the student is prompted. */
  readonly template: CheckpointProfile["template"];
  /** Where it comes from, for people. */
  readonly note?: string;
  /** Take the place of the iteration's checkpoint, if nothing was made from that one. */
  readonly replace?: boolean;
}

/**
 * Files weights that were trained anywhere under an iteration: its imitation then takes them instead of training. The weights
 * stay where they are.
 *
 * @throws LionError when they are no LLaMA, or the iteration has a checkpoint that answers or checkpoints were made from.
 */
export async function registerCheckpoint(
  services: TrainingServices,
  { iteration, path, target: name, template, note = "", replace = false }: Registration,
): Promise<Checkpoint> {
  const { store, clock, targets, dataDir } = services;
  requireFree(store, iteration, replace);
  const target = targets.of(name);
  const absolute = await absolutePath(services, target, path);
  const place = target.kind === "local" ? absolute : `${absolute} on the target "${name}"`;
  const looked = mkdtempSync(join(tmpdir(), "lion-register-"));
  try {
    await target.copy(absolute, SMALL_FILES, looked);
    const found = await outputOfOthers(target, absolute, looked, template, place);
    const checkpoint = {
      ...{ iteration, jobId: null, target: name, directory: absolute, parentId: null },
      weightsSha256: found.weightsSha256,
      template: found.template,
      manifest: { registered: true, note, template, ...found.facts },
    };
    if (target.kind !== "local") {
      // What is small is kept here, as of every checkpoint.
      await target.copy(absolute, SMALL_FILES, new CheckpointPlaces({ targets, dataDir }).folderHere(checkpoint));
    }
    return store.write(() => {
      const before = requireFree(store, iteration, replace);
      if (before) {
        store.training.removeCheckpoint(before.id);
      }
      store.training.addCheckpoint(checkpoint, clock.now());
      return store.training.checkpointOf(iteration) as Checkpoint;
    });
  } finally {
    rmSync(looked, { recursive: true, force: true });
  }
}

/**
 * Forgets a checkpoint that was registered by hand, while nothing was made from it. Its files stay.
 *
 * @throws LionError when there is none, or it is in use.
 */
export function unregisterCheckpoint({ store }: Pick<TrainingServices, "store">, iteration: number): Checkpoint {
  return store.write(() => {
    const checkpoint = store.training.checkpointOf(iteration);
    if (!checkpoint || checkpoint.jobId !== null) {
      throw new LionError(
        "input",
        `Iteration ${iteration} has no checkpoint that was registered by hand: \`lion checkpoint list\` shows them.`,
      );
    }
    requireUnused(store, checkpoint);
    if (store.iterations.stage(iteration, "imitation")?.state === "done") {
      throw new LionError(
        "input",
        `The imitation of iteration ${iteration} has ended with this checkpoint: register another in its place (replace) instead of taking it away.`,
      );
    }
    store.training.removeCheckpoint(checkpoint.id);
    return checkpoint;
  });
}

/** @returns the checkpoint that has to make room. @throws LionError when the iteration cannot have another. */
function requireFree(store: Store, iteration: number, replace: boolean): Checkpoint | null {
  const newest = store.iterations.next().iteration;
  if (!Number.isInteger(iteration) || iteration < 1 || iteration > newest) {
    throw new LionError(
      "input",
      `There is no iteration ${iteration} yet, and a checkpoint can be filed under 1 to ${newest}: name one of these.`,
    );
  }
  if (store.training.jobsFor(iteration, TRAINING_PURPOSE).some(({ state }) => state === "submitted")) {
    throw new LionError(
      "input",
      `A training of iteration ${iteration} is at work: wait for it, or cancel it first with \`lion job cancel\`.`,
    );
  }
  const checkpoint = store.training.checkpointOf(iteration);
  if (checkpoint && !replace) {
    throw new LionError(
      "input",
      `Iteration ${iteration} has a checkpoint already: say that it is to be replaced (--replace), or name another iteration.`,
    );
  }
  if (checkpoint) {
    requireUnused(store, checkpoint);
  }
  return checkpoint;
}

function requireUnused(store: Store, { id, iteration }: Checkpoint): void {
  const { answers, children } = store.training.madeFrom(id);
  if (answers + children > 0) {
    const counted = (count: number, word: string): string[] =>
      count === 0 ? [] : [`${count} ${word}${count === 1 ? "" : "s"}`];
    const made = [...counted(answers, "answer"), ...counted(children, "later checkpoint")];
    throw new LionError(
      "input",
      `The checkpoint of iteration ${iteration} stays: ${made.join(" and ")} ${answers + children === 1 ? "was" : "were"} made from it, and what is stored keeps saying what made it.`,
    );
  }
}

async function absolutePath(
  { projectDir }: Pick<TrainingServices, "projectDir">,
  target: Target,
  path: string,
): Promise<string> {
  if (target.kind === "local") {
    const absolute = resolve(projectDir, path);
    if (!existsSync(absolute)) {
      throw new LionError("input", `There is no folder ${absolute}: name the one with the weights.`);
    }
    return absolute;
  }
  if (!/^[/~]/.test(path) || (await target.hashOf(`${path}/config.json`)) === null) {
    throw new LionError(
      "input",
      `There is no ${path} with a config.json on the target "${target.name}": name the folder with the weights there, from its root.`,
    );
  }
  // What is there is meant, even if this machine has something under the same path.
  return path.startsWith("/") ? path : target.place(path);
}
