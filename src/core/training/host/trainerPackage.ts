import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { LionError } from "../../errors.ts";
import type { FileToSend } from "../transport.ts";

/** What is sent of the trainer to a host, and what it needs there. */
export interface TrainerPackage {
  /** Of the files' names and content. */
  readonly hash: string;
  readonly files: readonly FileToSend[];
  /** Requirements as pip reads them, those for GGUF files included. */
  readonly requirements: readonly string[];
}

/**
 * The trainer as it lies here.
 *
 * @param trainerRoot the folder that holds the package `lion_trainer`.
 * @throws LionError when it is not there.
 */
export function trainerPackage(trainerRoot: string): TrainerPackage {
  const names = globSync(["lion_trainer/**/*.py", "src/*.py", "pyproject.toml"], { cwd: trainerRoot })
    .map((name) => name.split(sep).join("/"))
    .sort();
  if (!names.includes("pyproject.toml") || !names.includes("lion_trainer/__init__.py")) {
    throw new LionError("environment", `The trainer is not in ${trainerRoot}: install the extension anew.`);
  }
  const hash = createHash("sha256");
  const files = names.map((as) => {
    const path = join(trainerRoot, as);
    hash.update(`${as}\0`).update(createHash("sha256").update(readFileSync(path)).digest());
    return { path, as };
  });
  const project = readFileSync(join(trainerRoot, "pyproject.toml"), "utf8");
  return {
    hash: hash.digest("hex").slice(0, 16),
    files,
    requirements: ["dependencies", "gguf"].flatMap((name) => listOf(project, name)),
  };
}

/** The texts of a list in a TOML file, in one line or several. */
function listOf(toml: string, name: string): string[] {
  const body = toml.match(new RegExp(`^${name} = \\[(.*?)\\]\\s*$`, "ms"))?.[1] ?? "";
  return [...body.matchAll(/"([^"]+)"/g)].map(([, text]) => text as string);
}
