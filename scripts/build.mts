import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { LionError } from "../src/core/errors.ts";
import { installation } from "../src/engine/installation.ts";

/** Bundles everything, as `npm run build` does with these arguments. @throws LionError when it fails. */
export function buildBundles(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(installation, "esbuild.mjs"), ...args], {
    cwd: installation,
    stdio: "inherit",
  });
  if (status !== 0) {
    throw new LionError("environment", "The build failed; the lines above say why.");
  }
}
