import { cpSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Store } from "../../../src/core/store/store.ts";
import type { LoopProject } from "../../support/loopProject.ts";
import { workFolder } from "./projects.ts";

/** A copy of a project that a test has made, for a window to open. */
export function copyOf(context: TestContext, { project }: LoopProject): string {
  const folder = workFolder(context);
  cpSync(project.directory, folder, { recursive: true });
  return folder;
}

/** Looks into a project's database beside those who work with it. */
export function look<T>(folder: string, work: (store: Store) => T): T {
  const store = new Store(join(folder, ".lion", "lion.db"), { readonly: true });
  try {
    return work(store);
  } finally {
    store.close();
  }
}
