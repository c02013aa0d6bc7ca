import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_FILE } from "../core/project/names.ts";

const MOST_BELOW = 50;
const NEVER = "node_modules";

/**
 * The folders among `roots` that are projects, and those directly in one of them. The folders are looked through here:
 * the editor's own search for files takes longer than opening a project does.
 *
 * @returns absolute paths, the roots first.
 */
export async function projectFolders(roots: readonly string[]): Promise<string[]> {
  const below = (await Promise.all(roots.map(foldersIn))).flat();
  const [atTheTop, directlyBelow] = await Promise.all([projectsAmong(roots), projectsAmong(below)]);
  return [...new Set([...atTheTop, ...directlyBelow.sort().slice(0, MOST_BELOW)])];
}

async function foldersIn(root: string): Promise<string[]> {
  // A root that is gone or not ours to read holds nothing.
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isFile() && entry.name !== NEVER).map(({ name }) => join(root, name));
}

async function projectsAmong(folders: readonly string[]): Promise<string[]> {
  const isProject = (folder: string): Promise<boolean> =>
    access(join(folder, CONFIG_FILE)).then(
      () => true,
      () => false,
    );
  const found = await Promise.all(folders.map(isProject));
  return folders.filter((_, place) => found[place]);
}
