import type { Project } from "../core/project/project.ts";
import { Engine } from "../engine/engine.ts";
import { sandboxEntry, trainerRoot } from "../engine/installation.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Output } from "./output.ts";
import { environmentKey } from "./shared.ts";

/**
 * Opens an engine in this process for one piece of work outside the loop, and closes it afterwards. Ctrl+C pauses it.
 *
 * @throws LionError when another engine is at work on the project, or the work ends early.
 */
export async function withEngine<T>(
  project: Project,
  output: Output,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await Engine.open(project, {
    ...{ keyOf: environmentKey, sandboxEntry, trainerRoot },
    ...(process.env.LION_SANDBOX_LOG && { sandboxLog: process.env.LION_SANDBOX_LOG }),
    listener: (event) => output.event(event),
  });
  const stopListening = onInterrupt(() => {
    output.say("Pausing: waiting for what is in flight. Press Ctrl+C again to leave at once.");
    engine.pause();
  });
  try {
    return await work(engine);
  } finally {
    stopListening();
    await engine.close();
  }
}
