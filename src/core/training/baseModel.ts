import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LionError } from "../errors.ts";
import { canonicalJson, sha256 } from "../hash.ts";
import type { CheckpointProfile } from "../project/schema.ts";
import { fileHash } from "./pathHash.ts";
import type { Target } from "./target.ts";

type Base = CheckpointProfile["base"];

/** Weights that a training or an answering starts from, where a job finds them. */
export type GivenStart =
  /** A folder in Hugging Face format on the target. */
  | { readonly kind: "weights"; readonly path: string }
  /** A file on the target. */
  | { readonly kind: "gguf"; readonly path: string }
  /** Read by the target itself from the Hugging Face hub. */
  | { readonly kind: "hub"; readonly model: string; readonly revision: string };

/** What the student starts from: on this machine, on a target, on the hub, or nowhere (random weights). */
export class BaseModel {
  readonly #base: Base;
  readonly #projectDir: string;

  /** @param projectDir the folder that relative paths of lion.json start from. */
  constructor(base: Base, projectDir: string) {
    this.#base = base;
    this.#projectDir = projectDir;
  }

  /** The LLaMA configuration of a random start with its tokenizer's size, or null for given weights. */
  get random(): { config: Record<string, unknown>; vocabulary: number } | null {
    return "config" in this.#base ? { config: this.#base.config, vocabulary: this.#base.tokenizer.vocabulary } : null;
  }

  /**
   * The given weights as a job on the target reads them; what is here is sent there once. Null for a random start.
   *
   * @throws LionError when they are in neither place.
   */
  async on(target: Target, tell?: (text: string) => void, signal?: AbortSignal): Promise<GivenStart | null> {
    if ("config" in this.#base) {
      return null;
    }
    if ("hub" in this.#base) {
      return { kind: "hub", model: this.#base.hub, revision: this.#base.revision };
    }
    const { kind, written } = given(this.#base);
    return { kind, path: await target.place(this.#here(kind, written, target) ?? written, tell, signal) };
  }

  /**
   * Identifies the base by its content (64 hexadecimal digits), so that moving a file changes nothing; one of the hub by
   * its name and revision.
   *
   * @throws LionError when the weights are neither here nor on the target.
   */
  async hash(target: Target): Promise<string> {
    if ("config" in this.#base || "hub" in this.#base) {
      return sha256(canonicalJson(this.#base));
    }
    const { kind, written } = given(this.#base);
    const here = this.#here(kind, written, target);
    if (here !== null) {
      return kind === "gguf" ? fileHash(here) : folderHash(here);
    }
    const hash = await target.hashOf(await target.place(written));
    if (hash === null) {
      throw new LionError(
        "input",
        `The student's base ${written} is neither on this machine nor on the target "${target.name}": correct \`base\` of its profile in lion.json.`,
      );
    }
    return hash;
  }

  /** Where the weights are on this machine; null when they are to be looked for on the target. */
  #here(kind: "weights" | "gguf", written: string, target: Target): string | null {
    const path = resolve(this.#projectDir, written);
    const found = existsSync(path) ? statSync(path) : null;
    if (!found && target.kind !== "local") {
      if (!/^[/~]/.test(written)) {
        throw new LionError(
          "input",
          `The student's base ${path} is not there: correct \`base\` of its profile in lion.json, or write a path on the target "${target.name}" from its root.`,
        );
      }
      return null;
    }
    if (!(kind === "gguf" ? found?.isFile() : found?.isDirectory())) {
      throw new LionError(
        "input",
        `The student's base ${path} is not ${kind === "gguf" ? "a file" : "a folder"}: correct \`base\` of its profile in lion.json.`,
      );
    }
    return path;
  }
}

function given(base: Extract<Base, { weights: string } | { gguf: string }>): {
  kind: "weights" | "gguf";
  written: string;
} {
  return "weights" in base ? { kind: "weights", written: base.weights } : { kind: "gguf", written: base.gguf };
}

async function folderHash(path: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => /\.(json|safetensors|model|jinja)$/.test(name)).sort();
  const parts: string[][] = [];
  for (const name of names) {
    parts.push([name, await fileHash(join(path, name))]);
  }
  return sha256(canonicalJson(parts));
}
