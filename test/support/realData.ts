import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..", "..");

/** Where real public data may lie; it is never part of the project. */
export const dataFolder = resolve(repository, process.env.LION_DATA ?? join("..", "shared", "data"));

/** For a test's `skip`: false if the file is there, else the reason. */
export function missing(name: string): string | false {
  return existsSync(join(dataFolder, name)) ? false : `${name} is not in ${dataFolder}; set LION_DATA to its folder`;
}
