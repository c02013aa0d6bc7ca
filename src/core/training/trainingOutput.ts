import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LionError } from "../errors.ts";
import type { CheckpointProfile } from "../project/schema.ts";
import type { JobDirectory } from "./jobDirectory.ts";
import type { Target } from "./target.ts";
import { SMALL_FILES, weightFiles, weightsHashOn } from "./weights.ts";

/** Where a training leaves its checkpoint. */
export const OUTPUT = "out/checkpoint";

/** What there is to know of a checkpoint that a training has left. */
export interface TrainedOutput {
  readonly weightsSha256: string;
  /** Name and hash, as answers name what they were prompted with. */
  readonly template: string;
  /** Further facts for its manifest. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Brings what is small of a job's checkpoint here; the weights stay on the target. */
export function fetchSmallFiles(target: Target, job: JobDirectory, signal: AbortSignal): Promise<void> {
  return target.fetch(
    job,
    SMALL_FILES.map((name) => `checkpoint/${name}`),
    undefined,
    signal,
  );
}

/** What is wrong with the checkpoint of our own trainer, or null: files that are missing, weights that are not what it wrote. */
export async function complaintAboutOurs(target: Target, job: JobDirectory): Promise<string | null> {
  const folder = job.file(OUTPUT);
  const missing = ["summary.json", "lion_template.json"].find((name) => !existsSync(join(folder, name)));
  if (missing) {
    return `it left no ${missing} in ${folder}`;
  }
  const hash = await weightsHashOn(target, await target.pathOf(job, OUTPUT), folder);
  if (hash === null) {
    return `it left no ${weightFiles(folder)[0]} in ${folder}`;
  }
  return hash === jsonOf<Summary>(folder, "summary.json").weights_sha256
    ? null
    : `the weights in ${folder} are damaged`;
}

/** What our own trainer's summary says. */
interface Summary {
  readonly weights_sha256: string;
  readonly weights_bytes?: number;
}

/** What our own trainer says of its checkpoint. */
export function outputOfOurs(job: JobDirectory): TrainedOutput {
  const folder = job.file(OUTPUT);
  const summary = jsonOf<Summary>(folder, "summary.json");
  const template = jsonOf<{ name: string; sha256: string }>(folder, "lion_template.json");
  return {
    weightsSha256: summary.weights_sha256,
    template: `${template.name}@${template.sha256.slice(0, 8)}`,
    facts: { templateSha256: template.sha256, bytes: summary.weights_bytes ?? null },
  };
}

/**
 * What is found in a folder that somebody else's training has left, on a target and with its small files here.
 *
 * @param place how a message names the folder.
 * @throws LionError when it is no LLaMA in Hugging Face format.
 */
export async function outputOfOthers(
  target: Target,
  path: string,
  folder: string,
  template: CheckpointProfile["template"],
  place: string,
): Promise<TrainedOutput> {
  requireLlama(folder, place);
  const weightsSha256 = await weightsHashOn(target, path, folder);
  if (weightsSha256 === null) {
    throw new LionError(
      "input",
      `${place} has no ${weightFiles(folder).join(", ")}: it has to be a folder with weights in Hugging Face format (safetensors).`,
    );
  }
  // Its own chat template comes with the weights, so that their hash tells it.
  return { weightsSha256, template: `${template}@${weightsSha256.slice(0, 8)}`, facts: { passTemplate: template } };
}

function requireLlama(folder: string, place: string): void {
  let type: unknown;
  try {
    type = jsonOf<{ model_type?: unknown }>(folder, "config.json").model_type;
  } catch {
    throw new LionError(
      "input",
      `${place} has no config.json that can be read: it has to be a folder with a LLaMA in Hugging Face format.`,
    );
  }
  if (type !== "llama") {
    throw new LionError(
      "input",
      `${place} holds a model of type ${JSON.stringify(type ?? null)}, and a student is a LLaMA ("llama"): name another folder.`,
    );
  }
}

function jsonOf<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as T;
}
