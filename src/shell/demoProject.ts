import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LionError, messageOf } from "../core/errors.ts";
import { edited, editsToSet } from "../core/project/edit.ts";
import { parseProject, projectPaths } from "../core/project/project.ts";
import { type ProcessRunner, SystemProcessRunner } from "../core/training/processes.ts";
import { Python } from "../core/training/python.ts";

/** The profile of the demo that answers without training. */
const SERVED_STUDENT = "sandbox-student";
/** A Python that takes longer to say what it has is not waited for. Milliseconds. */
const PROBE_MS = 1500;

/** A folder for a demo that is not there yet: `demo-1`, `demo-2` … */
export function freeDemoFolder(parent: string): string {
  let number = 1;
  while (existsSync(join(parent, `demo-${number}`))) {
    number++;
  }
  return join(parent, `demo-${number}`);
}

/**
 * Copies the ready-made project into a folder that is empty or not there yet.
 *
 * @throws LionError of kind `input` when something is in the folder, `environment` when it cannot be copied.
 */
export async function copyDemo(demo: string, folder: string): Promise<void> {
  if (!existsSync(projectPaths(demo).configFile)) {
    throw new LionError("environment", `The demo project is missing from ${demo}: install the extension again.`);
  }
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) {
    throw new LionError("input", `${folder} is not empty: choose another folder for the demo project.`);
  }
  try {
    await mkdir(folder, { recursive: true });
    await cp(demo, folder, { recursive: true });
  } catch (error) {
    throw new LionError("environment", `The demo project could not be copied to ${folder}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

/** Lets the sandbox itself answer as the student, where nothing can be trained. Comments in the file are kept. */
export async function bindServedStudent(folder: string): Promise<void> {
  const { configFile } = projectPaths(folder);
  const text = await readFile(configFile, "utf8");
  const after = edited(text, editsToSet(text, ["roles", "student"], SERVED_STUDENT));
  parseProject(after);
  await writeFile(configFile, after);
}

/** Whether this machine has a Python that can train; false as well when it does not say so in time. */
export async function canTrain(
  trainerRoot: string,
  projectDir: string,
  runner: ProcessRunner = new SystemProcessRunner(),
): Promise<boolean> {
  // Jobs need a POSIX shell.
  if (process.platform === "win32") {
    return false;
  }
  const python = new Python({
    runner: { run: (argv, options) => runner.run(argv, { ...options, timeoutMs: PROBE_MS }) },
    configured: undefined,
    projectDir,
    trainerRoot,
    environment: process.env,
  });
  return python.versions().then(
    () => true,
    () => false,
  );
}
