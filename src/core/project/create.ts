import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { LionError, messageOf } from "../errors.ts";
import { projectJsonSchema } from "./jsonSchema.ts";
import { CONFIG_FILE, DATA_DIRECTORY, EDITOR_SCHEMA_FILE } from "./names.ts";
import { SANDBOX_SIZES, type SandboxSizes } from "./presets.ts";
import { loadProject, type Project, projectPaths } from "./project.ts";
import type { ProjectConfigInput } from "./schema.ts";
import { openaiTemplate, oracleTemplate, replayTemplate } from "./templates.ts";

const IGNORE_FILE = ".gitignore";

export interface NewProject {
  /** The sandbox's mind; a project with a paid teacher when left out. */
  readonly mind?: "oracle" | "replay";
  /** replay: the recorded set, relative to the current folder. */
  readonly set?: string;
  readonly seed?: number;
  /** By default the folder's name. */
  readonly name?: string;
  /** oracle: by default the demo's. replay: by default the paper's numbers. */
  readonly sizes?: SandboxSizes;
  /** How the Cache is rated; lazily by default, which is then not written down. */
  readonly mode?: "lazy" | "full";
}

/**
 * Makes a project in a folder, which may exist: `lion.json`, the data folder with the JSON schema for editors, and a
 * `.gitignore` that leaves the data out. Fills no pool.
 *
 * @throws LionError of kind `input` when there is a project already or the set is missing.
 */
export function createProject(directory: string, options: NewProject = {}): Project {
  const paths = projectPaths(directory);
  if (existsSync(paths.configFile)) {
    throw new LionError(
      "input",
      `${paths.directory} has a ${CONFIG_FILE} already: choose another folder, or remove it to start anew.`,
    );
  }
  if (existsSync(paths.databaseFile)) {
    throw new LionError(
      "input",
      `${paths.databaseFile} belongs to an earlier project: choose another folder, or remove ${DATA_DIRECTORY} to start anew.`,
    );
  }
  const config = inMode(template(paths.directory, options), options.mode);
  try {
    mkdirSync(paths.dataDirectory, { recursive: true });
    writeEditorSchema(paths.dataDirectory);
    ignoreData(paths.directory);
    // Last, and only if nobody was faster: a folder with this file is a project.
    writeFileSync(paths.configFile, `${JSON.stringify(config, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    throw new LionError("environment", `The project could not be made in ${paths.directory}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  return loadProject(paths.directory);
}

/** Writes the JSON schema that `lion.json` names, for editors. */
export function writeEditorSchema(dataDirectory: string): void {
  writeFileSync(join(dataDirectory, EDITOR_SCHEMA_FILE), `${JSON.stringify(projectJsonSchema(), null, 2)}\n`);
}

function inMode(config: ProjectConfigInput, mode: NewProject["mode"]): ProjectConfigInput {
  return mode === undefined ? config : { ...config, discrimination: { mode, ...config.discrimination } };
}

function template(directory: string, { mind, set, seed = 1, name, sizes }: NewProject): ProjectConfigInput {
  const $schema = `./${DATA_DIRECTORY}/${EDITOR_SCHEMA_FILE}`;
  const base = { $schema, name: name ?? (basename(directory) || "project"), seed };
  if (set !== undefined && mind !== "replay") {
    throw new LionError(
      "input",
      "A recorded set is used by the replay sandbox only: say --sandbox replay, or leave --set out.",
    );
  }
  switch (mind) {
    case "oracle":
      return oracleTemplate(base, sizes ?? SANDBOX_SIZES.demo);
    case "replay":
      return replayTemplate(base, recordedSet(directory, set), sizes ?? null);
    default:
      return openaiTemplate(base);
  }
}

/** The set's path as the project names it: relative to its folder, with forward slashes, so that both can move together. */
function recordedSet(directory: string, set: string | undefined): string {
  if (set === undefined) {
    throw new LionError(
      "input",
      "The replay sandbox needs a recorded set: name one with --set FILE (Alpaca JSON or JSONL, may be .gz).",
    );
  }
  const file = resolve(set);
  if (!existsSync(file)) {
    throw new LionError("input", `There is no file ${file}: name the recorded set with --set FILE.`);
  }
  const path = relative(directory, file);
  return isAbsolute(path) ? path : path.replaceAll("\\", "/");
}

function ignoreData(directory: string): void {
  const file = join(directory, IGNORE_FILE);
  const line = `${DATA_DIRECTORY}/`;
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (before.split(/\r?\n/).includes(line)) {
    return;
  }
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileSync(file, `${before}${separator}${line}\n`);
}
