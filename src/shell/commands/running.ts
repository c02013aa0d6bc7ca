import { l10n } from "vscode";
import { LionError } from "../../core/errors.ts";
import { Lease } from "../../core/store/lease.ts";
import type { EndedRun } from "../../protocol/engine.ts";
import type { Shell } from "../shell.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { type RunOptions, runProject } from "./runFlow.ts";

/**
 * The commands that run, pause and resume the loop. Those that run resolve with how the run ended, or null when a
 * question was answered with Escape. Their argument may be a tree's node, which says nothing, or answers given before:
 * `{acceptEstimate: true}` takes the estimate as the allowance, `{oneMore: true}` goes beyond the project's iterations,
 * `{raiseAllowance: true}` asks for a new allowance first.
 */
export function runningCommands(shell: Shell): CommandTable {
  const run =
    (wish: RunOptions) =>
    async (argument?: unknown): Promise<EndedRun | null> => {
      requireTrust();
      return runProject(shell, shell.projects.require(), { ...answersIn(argument), ...wish });
    };
  return {
    "lion.run": run({}),
    "lion.runImitation": run({ only: "imitation" }),
    "lion.runDiscrimination": run({ only: "discrimination" }),
    "lion.runGeneration": run({ only: "generation" }),
    "lion.runUnattended": run({ unattended: true }),
    "lion.resume": run({}),
    "lion.pause": () => pause(shell),
  };
}

/** The answers that an argument brings; anything else it may be is no answer. */
function answersIn(argument: unknown): RunOptions {
  const given = (typeof argument === "object" ? argument : null) as Record<string, unknown> | null;
  return {
    ...(given?.acceptEstimate === true && { acceptEstimate: true }),
    ...(given?.oneMore === true && { oneMore: true }),
    ...(given?.raiseAllowance === true && { raiseAllowance: true }),
  };
}

async function pause(shell: Shell): Promise<void> {
  requireTrust();
  const session = shell.projects.require();
  if (session.engine.state.phase !== "idle") {
    await session.engine.pause();
    return;
  }
  // One that this window is not attached to reads the request in its lease.
  if ((await session.write(() => Lease.requestPause(session.store.connection))) === null) {
    throw new LionError("input", l10n.t("Nothing runs on this project, so there is nothing to pause."));
  }
}
