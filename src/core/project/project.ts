import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LionError, messageOf } from "../errors.ts";
import { JsonDocument } from "./document.ts";
import { CONFIG_FILE, DATA_DIRECTORY } from "./names.ts";
import { problemSentence, schemaProblems } from "./problems.ts";
import { relationProblems } from "./relations.ts";
import { type ProjectConfig, projectSchema } from "./schema.ts";

const DATABASE_FILE = "lion.db";

/** A project: its folder, the files in it, and its configuration with all defaults filled in. Paths are absolute. */
export interface Project {
  readonly directory: string;
  readonly configFile: string;
  /** The data beside the configuration, not meant to be committed. */
  readonly dataDirectory: string;
  readonly databaseFile: string;
  readonly config: ProjectConfig;
}

/**
 * The folder of the project that `startDirectory` belongs to: itself or the nearest one above it with a `lion.json`.
 *
 * @throws LionError of kind `input` when there is none.
 */
export function findProject(startDirectory: string): string {
  const start = resolve(startDirectory);
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, CONFIG_FILE))) {
      return directory;
    }
    if (dirname(directory) === directory) {
      throw new LionError(
        "input",
        `There is no ${CONFIG_FILE} in ${start} or above it: go to the project's folder, name it with --project, or make one with \`lion init\`.`,
      );
    }
  }
}

/** Where a project's files are, whether they exist or not. */
export function projectPaths(directory: string): Omit<Project, "config"> {
  const root = resolve(directory);
  const dataDirectory = join(root, DATA_DIRECTORY);
  return {
    directory: root,
    configFile: join(root, CONFIG_FILE),
    dataDirectory,
    databaseFile: join(dataDirectory, DATABASE_FILE),
  };
}

/**
 * Reads and checks the project in a folder.
 *
 * @throws LionError of kind `input` with the line when the file is missing, broken or says something impossible.
 */
export function loadProject(directory: string): Project {
  const paths = projectPaths(directory);
  return { ...paths, config: parseProject(readConfig(paths.configFile, paths.directory)) };
}

/**
 * The configuration that a text of `lion.json` describes; comments and trailing commas are allowed.
 *
 * @throws LionError of kind `input`: one sentence with the line.
 */
export function parseProject(text: string): ProjectConfig {
  const document = new JsonDocument(text);
  if (document.fault) {
    throw new LionError("input", `${CONFIG_FILE}, ${document.fault}; correct it and run again.`);
  }
  const parsed = projectSchema.safeParse(document.value);
  const problems = parsed.success ? relationProblems(parsed.data) : schemaProblems(parsed.error.issues, document);
  if (!parsed.success || problems.length > 0) {
    throw new LionError("input", problemSentence(CONFIG_FILE, problems, document));
  }
  return parsed.data;
}

function readConfig(file: string, directory: string): string {
  if (!existsSync(file)) {
    const isFolder = existsSync(directory) && statSync(directory).isDirectory();
    throw new LionError(
      "input",
      isFolder
        ? `There is no ${CONFIG_FILE} in ${directory}: name the project's folder with --project, or make one with \`lion init\`.`
        : `There is no folder ${directory}: name the project's folder with --project, or make one with \`lion init\`.`,
    );
  }
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new LionError("environment", `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
