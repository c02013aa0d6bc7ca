import { LionError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { LIST } from "./scripts.ts";

export interface ListedFile {
  /** Within the folder, with slashes. */
  readonly name: string;
  readonly hash: string;
  readonly size: number;
}

/**
 * All files below names within a folder of a host, with the SHA-256 that was taken there. What is not there is left out.
 *
 * @param names files or folders; "." for all of it.
 */
export async function listFiles(
  transport: Transport,
  folder: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ListedFile[]> {
  const { code, stdout, stderr } = await transport.run(LIST, {
    args: [folder, ...names],
    timeoutMs: 0,
    ...(signal && { signal }),
  });
  if (code === 3) {
    return [];
  }
  if (code !== 0) {
    throw new LionError("environment", `Files of ${folder} on ${transport.label} cannot be read: ${stderr.trim()}.`);
  }
  const entries = stdout.toString().split("\0").slice(0, -1);
  return entries.map((entry) => {
    const [, hash = "", size = "", name = ""] = entry.match(/^([0-9a-f]{64}) (\d+) (?:\.\/)*(.*)$/s) ?? [];
    return { name, hash, size: Number(size) };
  });
}
