import { readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { processStart } from "../store/lease.ts";
import { JobDirectory, type ProcessMark } from "./jobDirectory.ts";
import { isAlive } from "./processes.ts";
import type { Targets } from "./targets.ts";

/** Where the job directories of servers are, in the data folder. They are in no table: nobody needs them once they have ended. */
export const SERVING = "serving";

interface Owner extends ProcessMark {
  readonly host: string;
  readonly target: string;
}

/** This process, as the owner of what it starts. */
export function ownMark(): Omit<Owner, "target"> {
  return { host: hostname(), pid: process.pid, start: processStart(process.pid) };
}

/**
 * Ends servers whose window is gone without having ended them: a crash, a connection that was away. Those of other windows
 * and of other machines are left alone.
 *
 * @param note told what could not be ended, and is looked at again the next time.
 */
export async function endRemains(targets: Targets, dataDir: string, note: (text: string) => void): Promise<void> {
  for (const name of namesIn(join(dataDir, SERVING))) {
    const job = new JobDirectory(join(dataDir, SERVING, name));
    const owner = ownerOf(job);
    if (owner && (owner.host !== hostname() || isAlive(owner))) {
      continue;
    }
    try {
      if (owner && targets.kindOf(owner.target) !== null && job.exitCode() === null) {
        await targets.of(owner.target).cancel(job);
      }
      rmSync(job.path, { recursive: true, force: true });
    } catch (error) {
      note(`The served student ${name} could not be ended: ${String(error)}`);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function ownerOf(job: JobDirectory): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(job.file("owner.json"), "utf8")) as Owner;
    return Number.isSafeInteger(owner.pid) && typeof owner.target === "string" ? owner : null;
  } catch {
    return null;
  }
}
