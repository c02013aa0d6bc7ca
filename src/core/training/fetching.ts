import { LionError } from "../errors.ts";
import type { Checkpoint } from "../store/training.ts";
import { CheckpointPlaces } from "./checkpointPlaces.ts";
import type { Targets } from "./targets.ts";
import { hasWeights, weightFiles, weightsHashHere } from "./weights.ts";

/** Bytes that have arrived, of all that have to. */
export type FetchProgress = (bytes: number, total: number) => void;

/**
 * Brings a checkpoint with its weights to this machine and verifies them. What is here already is left, so that a fetching
 * that was interrupted goes on.
 *
 * @returns the folder here.
 * @throws LionError when it is gone from its target, or is not what was trained.
 */
export async function fetchCheckpoint(
  services: { readonly targets: Targets; readonly dataDir: string },
  checkpoint: Checkpoint,
  onProgress: FetchProgress = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const places = new CheckpointPlaces(services);
  const target = services.targets.of(checkpoint.target);
  const folder = places.folderHere(checkpoint);
  const job = places.jobOf(checkpoint);
  if (job) {
    await target.fetch(job, ["checkpoint"], onProgress, signal);
  } else {
    await target.copy(await places.pathThere(checkpoint), null, folder, onProgress, signal);
  }
  const what = `checkpoint of iteration ${checkpoint.iteration}`;
  if (!hasWeights(folder)) {
    const where = `${await places.pathThere(checkpoint)} on the target "${checkpoint.target}"`;
    throw new LionError("environment", `The ${what} is no longer in ${where}: put the folder back.`);
  }
  if ((await weightsHashHere(folder)) !== checkpoint.weightsSha256) {
    throw new LionError(
      "environment",
      `The weights in ${folder} are not those of the ${what}: remove ${weightFiles(folder).join(", ")} there and fetch again; if that changes nothing, they were changed on the target "${checkpoint.target}".`,
    );
  }
  return folder;
}
