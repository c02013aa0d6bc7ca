import { spawn } from "node:child_process";
import { messageOf } from "../core/errors.ts";
import type { EndedRun, Notify } from "../protocol/engine.ts";

/**
 * Starts the program that a person named for the end of an unattended run, without a shell and without waiting for it.
 * LION_REASON holds the sentence, LION_OUTCOME `done`, `waiting`, `limit` or `failed`, LION_PROJECT the folder.
 *
 * @returns why it could not be started, or null.
 */
export function notify({ program, args }: Notify, end: EndedRun, project: string): Promise<string | null> {
  // Set where an editor's program runs this engine as Node.js; the person's program may be that editor.
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = process.env;
  return new Promise((resolve) => {
    try {
      const child = spawn(program, args, {
        cwd: project,
        detached: true,
        stdio: "ignore",
        windowsHide: true,
        env: {
          ...environment,
          LION_REASON: end.message === "" ? "The run is done." : end.message,
          LION_OUTCOME: end.outcome,
          LION_PROJECT: project,
        },
      });
      child.once("spawn", () => resolve(null));
      child.once("error", (error) => resolve(messageOf(error)));
      child.unref();
    } catch (error) {
      resolve(messageOf(error));
    }
  });
}
