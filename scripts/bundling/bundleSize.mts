import { globSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the extension's bundle in a folder, all its pieces together. */
export function bundleSize(folder: string): number {
  const pieces = globSync("extension*.cjs", { cwd: folder });
  return pieces.reduce((sum, piece) => sum + statSync(join(folder, piece)).size, 0);
}
