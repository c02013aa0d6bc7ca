import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../core/project/project.ts";

/** A log that has grown beyond this is put aside when the next engine starts; one older one is kept. */
const LONGEST_LOG = 1_000_000;

export interface EngineLaunch {
  /** The script and its first arguments. */
  readonly entry: readonly string[];
  /** The Node.js, or what behaves like one, to run it with. */
  readonly execPath: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Where an engine's process writes what it has to say. */
export function engineLog({ dataDirectory }: Pick<Project, "dataDirectory">): string {
  return join(dataDirectory, "engine.log");
}

/**
 * Starts an engine's process that outlives this one. Its arguments hold no more than the project's folder, and its
 * environment none of the variables that the profiles name for keys.
 */
export function launchEngine(project: Project, { entry, execPath, environment }: EngineLaunch): ChildProcess {
  mkdirSync(project.dataDirectory, { recursive: true });
  const log = openLog(engineLog(project));
  try {
    const child = spawn(execPath, [...entry, "--project", project.directory], {
      cwd: project.directory,
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
      env: withoutKeys(environment, project),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The last line of the log, for a sentence on why an engine did not start. */
export function lastWords(project: Pick<Project, "dataDirectory">): string {
  try {
    return readFileSync(engineLog(project), "utf8").trimEnd().split("\n").at(-1) ?? "";
  } catch {
    return "";
  }
}

function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > LONGEST_LOG) {
    renameSync(file, `${file}.old`);
  }
  const log = openSync(file, "a", 0o600);
  if (process.platform !== "win32") {
    chmodSync(file, 0o600);
  }
  return log;
}

function withoutKeys(environment: NodeJS.ProcessEnv, { config }: Project): NodeJS.ProcessEnv {
  const named = new Set(
    Object.values(config.profiles).flatMap((profile) => (profile.kind === "openai" ? [profile.apiKeyEnv] : [])),
  );
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !named.has(name)));
}
