import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LionError } from "../errors.ts";
import { canonicalJson, sha256 } from "../hash.ts";
import type { CheckpointProfile } from "../project/schema.ts";
import { fileHash } from "./pathHash.ts";

type Base = CheckpointProfile["base"];

/** What the student starts from, with its paths made absolute and its content hashed. */
export class BaseModel {
  readonly #base: Base;
  readonly #projectDir: string;
  #hash: Promise<string> | null = null;

  /** @param projectDir the folder that relative paths of lion.json start from. */
  constructor(base: Base, projectDir: string) {
    this.#base = base;
    this.#projectDir = projectDir;
  }

  /** The LLaMA configuration of a random start with its tokenizer's size, or null for given weights. */
  get random(): { config: Record<string, unknown>; vocabulary: number } | null {
    return "config" in this.#base ? { config: this.#base.config, vocabulary: this.#base.tokenizer.vocabulary } : null;
  }

  /** The folder or file with the weights that are given; null for a random start. */
  get given(): { kind: "weights" | "gguf"; path: string } | null {
    if ("weights" in this.#base) {
      return { kind: "weights", path: resolve(this.#projectDir, this.#base.weights) };
    }
    return "gguf" in this.#base ? { kind: "gguf", path: resolve(this.#projectDir, this.#base.gguf) } : null;
  }

  /**
   * Identifies the base by its content (64 hexadecimal digits), so that moving a file changes nothing. Read once.
   *
   * @throws LionError when the weights are not there.
   */
  hash(): Promise<string> {
    this.#hash ??= this.#read();
    return this.#hash;
  }

  async #read(): Promise<string> {
    const { given } = this;
    if (!given) {
      return sha256(canonicalJson(this.#base));
    }
    const found = await stat(given.path).catch(() => null);
    if (!(given.kind === "gguf" ? found?.isFile() : found?.isDirectory())) {
      throw new LionError(
        "input",
        `The student's base ${given.path} is not ${given.kind === "gguf" ? "a file" : "a folder"}: correct \`base\` of its profile in lion.json.`,
      );
    }
    if (given.kind === "gguf") {
      return fileHash(given.path);
    }
    const names = (await readdir(given.path)).filter((name) => /\.(json|safetensors|model|jinja)$/.test(name)).sort();
    const parts: string[][] = [];
    for (const name of names) {
      parts.push([name, await fileHash(join(given.path, name))]);
    }
    return sha256(canonicalJson(parts));
  }
}
