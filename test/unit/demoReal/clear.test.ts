import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { clearProject } from "../../../scripts/clearProject.mts";
import { SystemClock } from "../../../src/core/clock.ts";
import { projectPaths } from "../../../src/core/project/project.ts";
import { Lease } from "../../../src/core/store/lease.ts";
import { Store } from "../../../src/core/store/store.ts";
import { JobDirectory } from "../../../src/core/training/jobDirectory.ts";
import { isAlive } from "../../../src/core/training/processes.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { localTarget } from "../training/support.ts";

const clock = new SystemClock();

it("ends the jobs of an interrupted demo before it removes its folder", async (context) => {
  const directory = join(temporaryFolder(context), "demo");
  const { dataDirectory, databaseFile } = projectPaths(directory);
  const job = new JobDirectory(join(dataDirectory, "jobs", "job-1"));
  job.create();
  const what = { id: "job-1", kind: "train", iteration: 1, purpose: "imitation" } as const;
  const command = { argv: ["sleep", "60"], environment: {} };
  job.seal({ ...what, ...command, fingerprint: "", createdAt: 0, details: {} });
  await localTarget().submit(job);
  const supervisor = job.process("pid");
  assert.ok(supervisor && isAlive(supervisor));
  const store = new Store(databaseFile);
  store.training.addJob({ ...what, target: "local", directory: join("jobs", "job-1") }, 0);
  store.close();
  await clearProject(directory);
  assert.ok(!isAlive(supervisor));
  assert.ok(!existsSync(directory));
  await clearProject(directory);
});

it("leaves a demo alone that is at work", async (context) => {
  const directory = join(temporaryFolder(context), "demo");
  const { dataDirectory, databaseFile } = projectPaths(directory);
  mkdirSync(dataDirectory, { recursive: true });
  const store = new Store(databaseFile);
  const lease = new Lease(store.connection, clock);
  lease.take();
  await assert.rejects(clearProject(directory), /is running the demo/);
  assert.ok(existsSync(databaseFile));
  lease.release();
  store.close();
});
