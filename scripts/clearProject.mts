import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withStore } from "../src/cli/shared.ts";
import { SystemClock } from "../src/core/clock.ts";
import { LionError } from "../src/core/errors.ts";
import { projectPaths } from "../src/core/project/project.ts";
import { Lease } from "../src/core/store/lease.ts";
import { JobDirectory } from "../src/core/training/jobDirectory.ts";
import { targetMaker } from "../src/core/training/targets.ts";
import { trainerRoot } from "../src/engine/installation.ts";

/**
 * Removes an earlier demo's project. Jobs of a run that was interrupted work on by themselves; they are ended first.
 *
 * @throws LionError when a run is at work in it.
 */
export async function clearProject(directory: string): Promise<void> {
  const { databaseFile, dataDirectory } = projectPaths(directory);
  if (existsSync(databaseFile)) {
    const found = await withStore(
      { databaseFile },
      ({ connection, training }) => ({
        holder: Lease.holder(connection),
        open: training.jobs().filter(({ state }) => state === "submitted"),
      }),
      { readonly: true },
    ).catch(() => ({ holder: null, open: [] }));
    if (found.holder !== null) {
      throw new LionError(
        "environment",
        `Process ${found.holder} is running the demo in ${directory}: wait for it or stop it first.`,
      );
    }
    const make = targetMaker({
      ...{ clock: new SystemClock(), projectDir: directory, trainerRoot, environment: process.env },
    });
    const target = make("local", { kind: "local", gpus: "all", waitForGpus: false });
    await Promise.all(found.open.map((job) => target.cancel(new JobDirectory(join(dataDirectory, job.directory)))));
  }
  rmSync(directory, { recursive: true, force: true });
}
