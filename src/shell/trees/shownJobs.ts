import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Checkpoint } from "../../core/store/training.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { ShownCheckpoint, ShownJob } from "./jobItems.ts";

type Read = Pick<ProjectSession, "store" | "project">;

const WEIGHTS = "model.safetensors";
/** The last lines of a job's metrics are in its last bytes. */
const TAIL_BYTES = 4096;

/** The project's checkpoints, newest first. */
export function shownCheckpoints({ store, project }: Read): ShownCheckpoint[] {
  return store.iterations
    .all()
    .flatMap(({ number }) => store.training.checkpointOf(number) ?? [])
    .map((checkpoint) => shownCheckpoint(checkpoint, project.dataDirectory))
    .reverse();
}

/** The project's jobs, newest first. */
export function shownJobs({ store, project }: Read): ShownJob[] {
  return store.training
    .jobs()
    .map(({ directory, state, ...job }): ShownJob => {
      if (state !== "submitted") {
        return { ...job, state, progress: null };
      }
      const folder = new JobDirectory(join(project.dataDirectory, directory));
      const ended = folder.exitCode() !== null || folder.process("pid") === null;
      return { ...job, state: ended ? "submitted" : "running", progress: progressOf(folder) };
    })
    .reverse();
}

function shownCheckpoint({ manifest, directory, ...checkpoint }: Checkpoint, dataDirectory: string): ShownCheckpoint {
  const path = resolve(dataDirectory, directory);
  const { data } = manifest as { readonly data?: { readonly rows?: unknown } };
  return {
    ...checkpoint,
    trainedOn: typeof data?.rows === "number" ? data.rows : null,
    bytes: statSync(join(path, WEIGHTS), { throwIfNoEntry: false })?.size ?? null,
    path,
  };
}

/** How far a job has come by the last whole line of its metrics; null before the first. */
function progressOf(folder: JobDirectory): ShownJob["progress"] {
  const line = folder.tail("metrics.jsonl", TAIL_BYTES).split("\n").at(-2);
  try {
    const { step, steps, done, total } = JSON.parse(line ?? "") as Readonly<Record<string, unknown>>;
    const [at, end] = [step ?? done, steps ?? total];
    return typeof at === "number" && typeof end === "number" ? { done: at, total: end } : null;
  } catch {
    return null;
  }
}
