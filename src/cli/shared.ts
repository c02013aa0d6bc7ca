import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { LionError } from "../core/errors.ts";
import { findProject, loadProject, type Project } from "../core/project/project.ts";
import { accountName } from "../core/review/account.ts";
import { type Store, usingStore } from "../core/store/store.ts";

export interface CommonOptions {
  readonly project?: string;
  readonly json?: boolean;
}

/** Adds `--project` and `--json`, which every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option("--project <dir>", "the project's folder (default: the one you are in)"))
    .addOption(new Option("--json", "print JSON"));
}

/** The project that the options or the current folder name. @throws LionError when there is none. */
export function openProject(options: CommonOptions): Project {
  return loadProject(options.project ?? findProject(process.cwd()));
}

/**
 * Runs `work` with the project's store and closes it. A project whose data is not there yet (lion.json is committed, the
 * data folder is not) gets an empty store also when it is only read.
 */
export async function withStore<T>(
  project: Pick<Project, "databaseFile">,
  work: (store: Store) => T | Promise<T>,
  options: { readonly?: boolean } = {},
): Promise<T> {
  const readonly = (options.readonly ?? false) && existsSync(project.databaseFile);
  return usingStore(project.databaseFile, { readonly }, work);
}

/** Parses an option that must be a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Parses an option that must be an amount of at least 0. */
export function amount(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It must be an amount of at least 0.");
  }
  return value;
}

/** An instruction's id as people type it: `12` or `#12`. */
export function parseIds(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const id = Number(text.replace(/^#/, ""));
    if (!Number.isInteger(id) || id < 1) {
      throw new LionError(
        "input",
        `"${text}" is not an instruction's id: ids are whole numbers, as \`lion review list\` shows them.`,
      );
    }
    return id;
  });
}

/** Who decides: the git user where there is one, else the account. */
export function currentPerson(): string {
  const git = spawnSync("git", ["config", "user.name"], { encoding: "utf8" });
  return (git.status === 0 && git.stdout.trim()) || accountName();
}

/** Keys come from the environment variables that the profiles name, never from the project. */
export function environmentKey(_profile: string, _origin: string, variable: string | undefined): string | undefined {
  return variable === undefined ? undefined : process.env[variable];
}
