import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { makeSandboxProject, type SandboxOptions } from "../../suite/sandboxProject.ts";
import { atEnd } from "./atEnd.ts";

/** A new empty folder. Engines that work in it or below are ended with the test, and it is removed. */
export function workFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "lion-project-"));
  atEnd(context, () => removeProject(folder));
  return folder;
}

/** A copy of the demo project in a folder of its own, which is removed with the test. */
export function demoProject(context: TestContext): string {
  const folder = join(workFolder(context), "demo");
  const { LION_E2E_DEMO: demo } = process.env;
  if (!demo) {
    throw new Error("LION_E2E_DEMO is not set: run the end-to-end tests with `npm run test:e2e [-- FILES]`.");
  }
  cpSync(demo, folder, { recursive: true });
  return folder;
}

/** A small project of the sandbox, whose student is served, in a folder of its own, which is removed with the test. */
export async function sandboxProject(
  context: TestContext,
  options: Omit<SandboxOptions, "directory">,
): Promise<string> {
  const { directory } = await makeSandboxProject({ ...options, directory: join(workFolder(context), "project") });
  return directory;
}

function removeProject(folder: string): void {
  for (const place of [".", ...readdirSync(folder)]) {
    endEngine(join(folder, place, ".lion", "engine.json"));
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
}

/** Ends the engine that a project's meeting point names, if it still runs. */
function endEngine(meetingPoint: string): void {
  if (!existsSync(meetingPoint)) {
    return;
  }
  const { pid } = JSON.parse(readFileSync(meetingPoint, "utf8")) as { pid: number };
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
