import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { JobDirectory } from "./jobDirectory.ts";
import type { Targets } from "./targets.ts";

/**
 * Asks a job to save what it has and to end, and waits for that. The next run goes on from what it has saved.
 *
 * @returns false when the job was over already; one that has ended well is collected by the next run.
 * @throws LionError when there is no such job, or its target cannot be reached.
 */
export async function cancelJob(
  services: {
    readonly store: Store;
    readonly clock: Clock;
    readonly targets: Targets;
    readonly dataDir: string;
  },
  id: string,
): Promise<boolean> {
  const { store, clock, targets, dataDir } = services;
  const row = store.training.job(id);
  if (!row) {
    throw new LionError("input", `This project has no job "${id}": \`lion job list\` shows them.`);
  }
  if (row.state !== "submitted") {
    return false;
  }
  const directory = new JobDirectory(join(dataDir, row.directory));
  const target = targets.of(row.target);
  await target.cancel(directory);
  const status = await target.look(directory);
  if (status.state === "exited" && status.code === 0) {
    return false;
  }
  store.write(() => {
    // An engine that followed it may have been quicker.
    if (store.training.job(id)?.state === "submitted") {
      store.training.endJob(id, "failed", status.state === "exited" ? status.code : null, clock.now());
    }
  });
  return true;
}
