import { messageOf } from "../core/errors.ts";
import type { Project } from "../core/project/project.ts";
import { EngineHost } from "../engine/host.ts";
import { sandboxEntry, trainerRoot } from "../engine/installation.ts";
import { KeyRing } from "../engine/keyRing.ts";
import { EngineWork } from "../engine/work.ts";
import type { RunRequest } from "../protocol/engine.ts";
import { type Ending, endingOfRun } from "./exitCode.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Output } from "./output.ts";
import { environmentKey } from "./shared.ts";

/** Runs the loop in this process, where windows can follow and pause it. Its keys come from environment variables. */
export async function runHere(project: Project, request: RunRequest, output: Output): Promise<Ending> {
  let defect: unknown;
  const work = new EngineWork({
    directory: project.directory,
    keyOf: environmentKey,
    sandboxEntry,
    trainerRoot,
    ...(process.env.LION_SANDBOX_LOG && { sandboxLog: process.env.LION_SANDBOX_LOG }),
    onFailure: (error) => {
      defect = error;
    },
  });
  work.onEvent((event) => {
    if (event.event !== "changed") {
      output.event(event);
    }
  });
  let interrupted = false;
  const stopListening = onInterrupt(() => {
    interrupted = true;
    output.say("Pausing: waiting for what is in flight. Press Ctrl+C again to leave at once.");
    work.pause();
  });
  const host = await serve(project, work, output);
  const withdraw = (): void => host?.withdraw();
  process.once("exit", withdraw);
  try {
    const run = work.run(request);
    if (interrupted) {
      work.pause();
    }
    const ending = endingOfRun(await run);
    if (ending.outcome === "failed" && process.env.LION_DEBUG) {
      console.error(defect);
    }
    return ending;
  } finally {
    stopListening();
    await host?.close();
    process.off("exit", withdraw);
  }
}

/** Lets windows attach. A run does not depend on it: without, they see its results in the database all the same. */
async function serve(project: Project, work: EngineWork, output: Output): Promise<EngineHost | null> {
  try {
    return await EngineHost.open({
      ...{ project, work, keys: new KeyRing() },
      followOnly: `The engine at work is a run in a terminal (process ${process.pid}), which can be followed and paused only: wait for it, or pause it first.`,
    });
  } catch (error) {
    output.say(`  note: windows cannot follow this run (${messageOf(error)}).`);
    return null;
  }
}
