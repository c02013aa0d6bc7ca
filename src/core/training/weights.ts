import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LionError } from "../errors.ts";
import { hashOfFiles, pathHash } from "./pathHash.ts";
import type { Target } from "./target.ts";

/** The weights of a folder in Hugging Face format, as one file. */
const WEIGHTS_FILE = "model.safetensors";
/** Of weights in several files: which tensor is in which. */
export const WEIGHTS_INDEX = "model.safetensors.index.json";

/** Everything in a checkpoint but its weights: small, and enough to know what it is. */
export const SMALL_FILES = [
  ...["config.json", "generation_config.json", WEIGHTS_INDEX, "summary.json", "SHA256SUMS"],
  ...["lion_template.json", "chat_template.jinja", "chat_template.json"],
  ...["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model"],
  ...["vocab.json", "merges.txt"],
];

/**
 * The names of the files that hold the weights, by what a folder here says: its index, else the one file.
 *
 * @throws LionError when the index is not one.
 */
export function weightFiles(folder: string): string[] {
  const path = join(folder, WEIGHTS_INDEX);
  if (!existsSync(path)) {
    return [WEIGHTS_FILE];
  }
  const names = new Set(shardNames(path));
  // The index comes from wherever the weights do: a name in it is a file's, never a way out of the folder.
  if (names.size === 0 || [...names].some((name) => !/^[\w.-]+\.safetensors$/.test(name))) {
    throw new LionError("input", `${path} does not say which files hold the weights: export the weights again.`);
  }
  return [...names].sort();
}

function shardNames(index: string): string[] {
  try {
    const { weight_map: map } = JSON.parse(readFileSync(index, "utf8")) as { weight_map?: Record<string, unknown> };
    return Object.values(map ?? {}).map(String);
  } catch {
    return [];
  }
}

/** Whether the folder here holds the weights, all of them. */
export function hasWeights(folder: string): boolean {
  return weightFiles(folder).every((name) => existsSync(join(folder, name)));
}

/**
 * SHA-256 of the weights at a path of a target: of one file its own, of several `hashOfFiles`. Null when one is missing.
 *
 * @param folder the checkpoint's folder here, with at least its index where it has one.
 */
export function weightsHashOn(target: Pick<Target, "hashOf">, path: string, folder: string): Promise<string | null> {
  return weightsHash(weightFiles(folder), (name) => target.hashOf(`${path}/${name}`));
}

/** The same of a folder here. */
export function weightsHashHere(folder: string): Promise<string | null> {
  return weightsHash(weightFiles(folder), (name) => pathHash(join(folder, name)));
}

async function weightsHash(
  names: readonly string[],
  hashOf: (name: string) => Promise<string | null>,
): Promise<string | null> {
  const hashes: Array<[string, string]> = [];
  for (const name of names) {
    const hash = await hashOf(name);
    if (hash === null) {
      return null;
    }
    hashes.push([name, hash]);
  }
  const [only, ...others] = hashes;
  return only && others.length === 0 ? only[1] : hashOfFiles(hashes);
}
