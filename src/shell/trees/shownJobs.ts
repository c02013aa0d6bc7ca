import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Checkpoint } from "../../core/store/training.ts";
import { folderHere } from "../../core/training/checkpointPlaces.ts";
import { WEIGHTS_INDEX, weightFiles } from "../../core/training/weights.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { ShownCheckpoint } from "./checkpointItems.ts";
import type { ShownJob } from "./jobItems.ts";
import type { JobReports } from "./jobReport.ts";
import { recordOf } from "./viewOptions.ts";

type Read = Pick<ProjectSession, "store" | "project">;

/** The project's checkpoints, newest first. */
export function shownCheckpoints({ store, project }: Read): ShownCheckpoint[] {
  const checkpoints = store.training.checkpoints();
  const iterations = new Map(checkpoints.map(({ id, iteration }) => [id, iteration]));
  return checkpoints.map((checkpoint) => shownCheckpoint(checkpoint, iterations, project)).reverse();
}

/** The project's jobs, newest first. */
export function shownJobs({ store }: Pick<Read, "store">, reports: JobReports): ShownJob[] {
  const attempts = new Map<string, number>();
  return store.training
    .jobs()
    .map(({ directory, ...job }): ShownJob => {
      const work = `${job.iteration} ${job.purpose}`;
      const attempt = (attempts.get(work) ?? 0) + 1;
      attempts.set(work, attempt);
      return { ...job, attempt, ...reports.of({ ...job, directory }) };
    })
    .reverse();
}

function shownCheckpoint(
  { manifest, directory, parentId, jobId, ...checkpoint }: Checkpoint,
  iterations: ReadonlyMap<number, number>,
  { config, dataDirectory }: Read["project"],
): ShownCheckpoint {
  const kind = config.targets[checkpoint.target]?.kind ?? null;
  const path = folderHere({ ...checkpoint, jobId, directory }, kind, dataDirectory);
  const { data, note } = manifest as Manifest;
  const bytes = weightsIn(path);
  return {
    ...checkpoint,
    trainedOn: typeof data?.rows === "number" ? data.rows : null,
    weights: bytes !== null ? "here" : kind === "local" ? "gone" : "there",
    bytes: bytes ?? bytesSaidIn(path),
    registered: jobId === null,
    note: typeof note === "string" ? note : "",
    parent: (parentId !== null && iterations.get(parentId)) || null,
    path,
  };
}

interface Manifest {
  readonly data?: { readonly rows?: unknown };
  readonly note?: unknown;
}

/** Bytes of the weights in a folder; null when they are not there, or not all of them. */
function weightsIn(folder: string): number | null {
  try {
    const sizes = weightFiles(folder).map((name) => statSync(join(folder, name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return null;
  }
}

/** Bytes of weights that are elsewhere, by what the small files say; null when they do not. */
function bytesSaidIn(folder: string): number | null {
  const { weights_bytes: ours } = jsonIn(join(folder, "summary.json"));
  const { metadata } = jsonIn(join(folder, WEIGHTS_INDEX));
  const total = typeof metadata === "object" && metadata !== null && "total_size" in metadata && metadata.total_size;
  return [ours, total].find((bytes) => typeof bytes === "number") ?? null;
}

/** An object, and an empty one for what is missing or is none. */
function jsonIn(file: string): Readonly<Record<string, unknown>> {
  try {
    return recordOf(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}
