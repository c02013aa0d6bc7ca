import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { JobDirectory } from "./jobDirectory.ts";
import type { TakenOver } from "./target.ts";

/**
 * Moves what the next attempt goes on from out of an earlier one's `out/` on the same disk: a saved state of a large
 * model is too large for two. What the next attempt has already is left as it is.
 */
export function takeOver({ job, names }: TakenOver, next: JobDirectory): void {
  const folder = job.file("out");
  const found = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of found.filter((one) => names.some((pattern) => matches(one, pattern)))) {
    const to = next.file(join("out", name));
    if (!existsSync(to)) {
      mkdirSync(next.file("out"), { recursive: true });
      move(join(folder, name), to);
    }
  }
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") {
      throw error;
    }
    const half = `${to}.tmp`;
    cpSync(from, half, { recursive: true });
    renameSync(half, to);
    rmSync(from, { recursive: true, force: true });
  }
}
