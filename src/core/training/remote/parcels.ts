import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { fileHash, hashOfFiles } from "../pathHash.ts";
import type { Parcel } from "./inputs.ts";

/** What a file is called where its name may mean anything: letters, digits and what a name of ours may hold. */
function plainName(path: string): string {
  return basename(path)
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^[.-]/, "_");
}

/**
 * A file or a folder of this machine, ready to be sent, or null when there is none.
 *
 * @param hashOf the hash of a file, for one that remembers those of large files.
 */
export async function parcelOf(
  path: string,
  hashOf: (path: string) => Promise<string> = fileHash,
): Promise<Parcel | null> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) {
    if (!found?.isFile()) {
      return null;
    }
    const hash = await hashOf(path);
    return { hash, files: [{ path, name: plainName(path), hash }] };
  }
  const files: Array<{ path: string; name: string; hash: string }> = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    if ((await stat(full)).isFile()) {
      files.push({ path: full, name: relative(path, full).replaceAll(sep, "/"), hash: await hashOf(full) });
    }
  }
  return { hash: hashOfFiles(files.map(({ name, hash }) => [name, hash] as const)), files };
}

/** Hashes of files, each taken again only when the file has another size or time than before. */
export class RememberedHashes {
  readonly #known = new Map<string, { readonly version: string; readonly hash: string }>();

  readonly of = async (path: string): Promise<string> => {
    const { size, mtimeMs, ino } = await stat(path);
    const version = `${size} ${mtimeMs} ${ino}`;
    const known = this.#known.get(path);
    if (known?.version === version) {
      return known.hash;
    }
    const hash = await fileHash(path);
    this.#known.set(path, { version, hash });
    return hash;
  };
}
