import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Checkpoint } from "../../core/store/training.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { ShownCheckpoint } from "./checkpointItems.ts";
import type { ShownJob } from "./jobItems.ts";
import type { JobReports } from "./jobReport.ts";

type Read = Pick<ProjectSession, "store" | "project">;

/** One file, or the shards that large weights are published in. */
const WEIGHTS = /^(model|pytorch_model)(-\d+-of-\d+)?\.safetensors$/;

/** The project's checkpoints, newest first. */
export function shownCheckpoints({ store, project }: Read): ShownCheckpoint[] {
  const checkpoints = store.iterations.all().flatMap(({ number }) => store.training.checkpointOf(number) ?? []);
  const iterations = new Map(checkpoints.map(({ id, iteration }) => [id, iteration]));
  return checkpoints.map((checkpoint) => shownCheckpoint(checkpoint, iterations, project.dataDirectory)).reverse();
}

/** The project's jobs, newest first. */
export function shownJobs({ store }: Pick<Read, "store">, reports: JobReports): ShownJob[] {
  return store.training
    .jobs()
    .map(({ directory, ...job }): ShownJob => ({ ...job, ...reports.of({ ...job, directory }) }))
    .reverse();
}

function shownCheckpoint(
  { manifest, directory, parentId, jobId, ...checkpoint }: Checkpoint,
  iterations: ReadonlyMap<number, number>,
  dataDirectory: string,
): ShownCheckpoint {
  const path = resolve(dataDirectory, directory);
  const { data, note, bytes: told } = manifest as Manifest;
  const bytes = weightsIn(path);
  return {
    ...checkpoint,
    trainedOn: typeof data?.rows === "number" ? data.rows : null,
    weights: bytes !== null ? "here" : checkpoint.target === "local" ? "gone" : "there",
    bytes: bytes ?? (typeof told === "number" ? told : null),
    registered: jobId === null,
    note: typeof note === "string" ? note : "",
    parent: (parentId !== null && iterations.get(parentId)) || null,
    path,
  };
}

interface Manifest {
  readonly data?: { readonly rows?: unknown };
  readonly note?: unknown;
  readonly bytes?: unknown;
}

/** Bytes of the weights in a folder; null when there are none. */
function weightsIn(path: string): number | null {
  let files: string[];
  try {
    files = readdirSync(path).filter((name) => WEIGHTS.test(name));
  } catch {
    return null;
  }
  const sizes = files.map((name) => statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0);
  return files.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
}
