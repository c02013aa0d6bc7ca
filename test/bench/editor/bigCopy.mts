import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { createProject } from "../../../src/core/project/create.ts";
import { loadProject, projectPaths } from "../../../src/core/project/project.ts";
import { Store } from "../../../src/core/store/store.ts";
import { makeBigProject } from "../../support/bigProject.ts";

/** Requests of each of two roles that failed: as many as a bad night leaves. */
const FAILED = 3000;

/** Copies the big project, which is made when it is not there, into a folder of its own; some requests have failed in it. */
export function copyBigProject(from: string, to: string): void {
  if (!existsSync(projectPaths(from).configFile)) {
    makeBigProject(from, { log: console.log });
  }
  cpSync(from, to, { recursive: true });
  const store = new Store(loadProject(to).databaseFile);
  try {
    const fail = store.connection.prepare(
      `UPDATE request SET state = 'failed', failure = 'HTTP 503'
       WHERE key IN (SELECT key FROM request WHERE role = ? LIMIT ${FAILED})`,
    );
    store.write(() => fail.run("teacher"));
    store.write(() => fail.run("student"));
    store.connection.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    store.close();
  }
  // What the system still has to write of the copy would be waited for by the first commits that are measured.
  execFileSync("sync");
}

/** A project with nothing in it, to come from and go to. */
export function makeSmallProject(folder: string): void {
  new Store(createProject(folder, { mind: "oracle", name: "small" }).databaseFile).close();
}
