import { join, resolve } from "node:path";
import { LionError } from "../errors.ts";
import type { Checkpoint } from "../store/training.ts";
import { JobDirectory } from "./jobDirectory.ts";
import type { Target } from "./target.ts";
import type { Targets } from "./targets.ts";
import { hasWeights } from "./weights.ts";

/** Where a checkpoint's job wrote it, within the job's `out/`. */
const JOB_OUTPUT = "checkpoint";

type KnownCheckpoint = Pick<Checkpoint, "iteration" | "jobId" | "directory" | "weightsSha256">;

/**
 * The folder on this machine with a checkpoint's small files, and with its weights once they are fetched.
 *
 * @param kind of its target; null where lion.json does not know it any more.
 */
export function folderHere(
  { iteration, jobId, directory, weightsSha256 }: KnownCheckpoint,
  kind: Target["kind"] | null,
  dataDir: string,
): string {
  return jobId === null && kind !== "local"
    ? join(dataDir, "checkpoints", `${iteration}-${weightsSha256.slice(0, 12)}`)
    : resolve(dataDir, directory);
}

/** Where the files of checkpoints are: on their target, here, and for a job that wants to read them. */
export class CheckpointPlaces {
  readonly #targets: Targets;
  readonly #dataDir: string;

  constructor({ targets, dataDir }: { readonly targets: Targets; readonly dataDir: string }) {
    this.#targets = targets;
    this.#dataDir = dataDir;
  }

  /** The folder on this machine with the checkpoint's small files, and with its weights once they are fetched. */
  folderHere(checkpoint: KnownCheckpoint & Pick<Checkpoint, "target">): string {
    return folderHere(checkpoint, this.#targets.kindOf(checkpoint.target), this.#dataDir);
  }

  /** Whether the weights are on this machine. */
  isHere(checkpoint: Checkpoint): boolean {
    return hasWeights(this.folderHere(checkpoint));
  }

  /** The job that made it, in whose `out/` it lies; null for a registered one. */
  jobOf({ jobId, directory }: Pick<Checkpoint, "jobId" | "directory">): JobDirectory | null {
    // The directory is that of the job, with `out/checkpoint` behind it.
    return jobId === null ? null : new JobDirectory(resolve(this.#dataDir, directory, "..", ".."));
  }

  /** Its absolute path on its own target. */
  async pathThere(checkpoint: Checkpoint): Promise<string> {
    const job = this.jobOf(checkpoint);
    return job
      ? this.#targets.of(checkpoint.target).pathOf(job, `out/${JOB_OUTPUT}`)
      : resolveThere(checkpoint.directory, this.#dataDir);
  }

  /**
   * A path at which a job on the target can read the checkpoint; it is sent there when it is only here.
   *
   * @throws LionError when it is neither on that target nor here, or no longer where it was.
   */
  async pathOn(
    target: Target,
    checkpoint: Checkpoint,
    tell: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<string> {
    const { iteration } = checkpoint;
    if (checkpoint.target !== target.name) {
      if (!this.isHere(checkpoint)) {
        throw new LionError(
          "environment",
          `The checkpoint of iteration ${iteration} is on the target "${checkpoint.target}" and a job on "${target.name}" needs it: fetch it first with \`lion checkpoint fetch ${iteration}\`.`,
        );
      }
      return target.place(this.folderHere(checkpoint), tell, signal);
    }
    const path = await this.pathThere(checkpoint);
    if (target.kind === "local" ? !hasWeights(path) : (await target.hashOf(`${path}/config.json`)) === null) {
      const where = target.kind === "local" ? path : `${path} on "${target.name}"`;
      throw new LionError(
        "environment",
        `The checkpoint of iteration ${iteration} is no longer in ${where}: put the folder back.`,
      );
    }
    return path;
  }
}

/** A path of another system stays as it is; one of this machine may be relative to the data folder. */
function resolveThere(directory: string, dataDir: string): string {
  return directory.startsWith("/") ? directory : resolve(dataDir, directory);
}
