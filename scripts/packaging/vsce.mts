import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LionError } from "../../src/core/errors.ts";

const VSCE = fileURLToPath(import.meta.resolve("@vscode/vsce/vsce"));

/** Makes a VSIX of all that is in a folder. @throws LionError with what vsce said when it refuses. */
export function packFolder(folder: string, file: string, ...options: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [VSCE, "package", "--out", file, "--allow-missing-repository", "--no-rewrite-relative-links", ...options],
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0) {
    throw new LionError("environment", `vsce did not package ${folder}: ${stdout}${stderr}`);
  }
}
