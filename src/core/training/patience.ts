import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { sshProblemOf } from "./ssh/sshProblem.ts";

/** Pauses between two attempts double from the first to the longest. Milliseconds. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 120_000;

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told when a connection is lost and when it is there again. */
  readonly note: (text: string) => void;
  /** How messages name the other side. */
  readonly place: string;
}

/**
 * Does something that needs a connection, again and again with growing pauses while the connection is away: a laptop that
 * sleeps for a night loses nothing. Only reasons that pass by themselves are waited out.
 *
 * @throws the signal's reason when it aborts during a pause; any other failure as it is.
 */
export async function waitOut<T>(
  action: () => Promise<T>,
  { clock, signal, note, place }: Patience,
  passes: (error: unknown) => boolean = (error) => sshProblemOf(error)?.passes ?? false,
): Promise<T> {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    try {
      const result = await action();
      if (pause > FIRST_PAUSE_MS) {
        note(`The connection to ${place} is there again.`);
      }
      return result;
    } catch (error) {
      if (!passes(error) || signal.aborted) {
        throw error;
      }
      if (pause === FIRST_PAUSE_MS) {
        note(
          `The connection to ${place} is lost and is tried again until it is there; jobs go on meanwhile. ${messageOf(error)}`,
        );
      }
    }
    await clock.sleep(pause, signal);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}
