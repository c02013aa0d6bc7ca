import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { LionError } from "../../errors.ts";
import { fileHash } from "../pathHash.ts";
import type { Transport } from "../transport.ts";
import { type ListedFile, listFiles } from "./listing.ts";
import { receiveFiles } from "./receiving.ts";
import { checkName } from "./shellTransport.ts";

export interface FetchOptions {
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings files of a folder of a host into one here. A file comes to its place whole and with the hash that it has there;
 * one that is here with that hash is left. What had arrived of a file when a fetch broke is kept aside by its hash, and
 * the next fetch goes on from there.
 *
 * @param names files and folders within the folder; ones that are not there are left out.
 * @throws LionError when something arrived that is not what was there.
 */
export async function fetchFiles(
  transport: Transport,
  folder: string,
  names: readonly string[],
  into: string,
  { onProgress, signal }: FetchOptions = {},
): Promise<void> {
  for (const name of names) {
    checkName(name);
  }
  const wanted = await wantedOf(await listFiles(transport, folder, names, signal), into);
  if (wanted.length === 0) {
    return;
  }
  const aside = join(into, ".arriving");
  mkdirSync(aside, { recursive: true });
  // Files of equal content arrive once.
  const contents = [...new Map(wanted.map((file) => [file.hash, file])).values()].map((file) => {
    const to = join(aside, file.hash);
    return { ...file, to, offset: existsSync(to) ? Math.min(statSync(to).size, file.size) : 0 };
  });
  const total = contents.reduce((sum, { size }) => sum + size, 0);
  const before = contents.reduce((sum, { offset }) => sum + offset, 0);
  await receiveFiles(transport, folder, contents, {
    signal,
    onProgress: onProgress && ((bytes) => onProgress(before + bytes, total)),
  });
  for (const { name, hash, to } of contents) {
    if ((await fileHash(to)) !== hash) {
      rmSync(to);
      throw new LionError(
        "environment",
        `${name} of ${folder} on ${transport.label} did not arrive as it is there, or has changed meanwhile: try again when nothing writes it.`,
      );
    }
  }
  for (const { name, hash } of wanted) {
    const path = join(into, name);
    mkdirSync(dirname(path), { recursive: true });
    const isLast = wanted.findLast((file) => file.hash === hash)?.name === name;
    if (isLast) {
      renameSync(join(aside, hash), path);
    } else {
      copyFileSync(join(aside, hash), `${path}.tmp`);
      renameSync(`${path}.tmp`, path);
    }
  }
  if (readdirSync(aside).length === 0) {
    rmdirSync(aside);
  }
}

/** Those that are not here as they are there. */
async function wantedOf(listed: readonly ListedFile[], into: string): Promise<ListedFile[]> {
  const wanted: ListedFile[] = [];
  for (const file of listed) {
    checkName(file.name);
    const path = join(into, file.name);
    const here = statSync(path, { throwIfNoEntry: false });
    if (here?.isFile() !== true || here.size !== file.size || (await fileHash(path)) !== file.hash) {
      wanted.push(file);
    }
  }
  return wanted;
}
