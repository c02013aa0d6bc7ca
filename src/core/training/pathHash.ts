import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sha256 } from "../hash.ts";

/** SHA-256 of a file's bytes, read as a stream. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/**
 * What a target's `hashOf` says of a path on this machine: the hash of a file, `hashOfFiles` of a folder's, null of what
 * is not there.
 */
export async function pathHash(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) {
    return found?.isFile() ? fileHash(path) : null;
  }
  const hashes: Array<[name: string, hash: string]> = [];
  for (const file of await readdir(path, { recursive: true, withFileTypes: true })) {
    const full = join(file.parentPath, file.name);
    if ((await stat(full)).isFile()) {
      hashes.push([relative(path, full).replaceAll(sep, "/"), await fileHash(full)]);
    }
  }
  return hashOfFiles(hashes);
}

/**
 * One hash for several files: SHA-256 of the lines that `sha256sum` prints of them (hash, two spaces, name within the
 * folder), sorted by their bytes as `LC_ALL=C sort` does.
 */
export function hashOfFiles(hashes: ReadonlyArray<readonly [name: string, hash: string]>): string {
  const lines = hashes.map(([name, hash]) => Buffer.from(`${hash}  ${name}\n`)).sort(Buffer.compare);
  return sha256(Buffer.concat(lines));
}
