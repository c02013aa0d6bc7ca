import { LionError } from "../core/errors.ts";
import type { EngineClient } from "../engine/client.ts";
import type { EndedRun, EngineState } from "../protocol/engine.ts";
import { type Ending, endingOf, endingOfRun } from "./exitCode.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Output } from "./output.ts";

/**
 * Shows what an engine does until its work ends, or until Ctrl+C.
 *
 * @param begin starts the work; without it the work that goes on is followed.
 * @param interrupt what Ctrl+C does: pauses the work, or only takes its leave.
 */
export async function follow(
  client: EngineClient,
  output: Output,
  options: { readonly begin?: () => Promise<EndedRun>; readonly interrupt: "pause" | "leave" },
): Promise<Ending> {
  const stopShowing = client.onEvent((event) => {
    if (event.event !== "changed") {
      output.event(event);
    }
  });
  const left = Promise.withResolvers<never>();
  const stopListening = onInterrupt(() => {
    if (options.interrupt === "leave") {
      left.reject(new LionError("interrupted", leaving(client)));
      return;
    }
    output.say("Pausing: waiting for what is in flight. Press Ctrl+C again to leave at once.");
    client.pause().catch(() => {});
  });
  try {
    return endingOfRun(await Promise.race([options.begin?.() ?? endOf(client), left.promise]));
  } catch (error) {
    return endingOf(error);
  } finally {
    stopListening();
    stopShowing();
    client.detach();
  }
}

function leaving(client: EngineClient): string {
  const { unattended, clients } = client.state;
  return unattended || clients > 1
    ? `Left: the engine goes on (process ${client.pid}), \`lion follow\` shows it again and \`lion pause\` stops it.`
    : "Left: nobody else follows this run, so it pauses without loss, and `lion run` goes on from there.";
}

/** How the work that goes on ends. */
function endOf(client: EngineClient): Promise<EndedRun> {
  return new Promise((resolve, reject) => {
    const look = ({ phase, lastEnd }: EngineState): void => {
      if (phase === "idle" && lastEnd) {
        resolve(lastEnd);
      }
    };
    client.onState(look);
    client.onClose(() =>
      reject(
        new LionError("environment", "The engine is gone, and nothing that it had stored is lost: `lion run` goes on."),
      ),
    );
    look(client.state);
  });
}
