import { isAbsolute, relative, resolve } from "node:path";
import { LionError } from "../core/errors.ts";
import type { Project } from "../core/project/project.ts";

/**
 * Keeps what people write out of the project's own files.
 *
 * @throws LionError of kind `input` for `lion.json` and whatever lies in the data folder.
 */
export function requireOwnPlace({ configFile, dataDirectory }: Project, file: string): void {
  const target = resolve(file);
  const within = relative(dataDirectory, target);
  const isData = within === "" || (!within.startsWith("..") && !isAbsolute(within));
  if (target === configFile || isData) {
    throw new LionError("input", `${target} belongs to the project itself: choose a file outside ${dataDirectory}.`);
  }
}
