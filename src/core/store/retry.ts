import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";

/** Pauses between tries in milliseconds: short at first, since most write transactions take a few of them. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Runs synchronous database work and, while another process holds the lock, again after growing pauses, so that the
 * thread is free in between. Work that is tried again must have stored nothing: a transaction, or a read.
 *
 * @throws LionError of kind `environment` when the lock is still held after `giveUpAfterMs`; and whatever `work` throws.
 */
export async function retryWhileBusy<T>(
  work: () => T,
  { clock, giveUpAfterMs, signal }: { clock: Clock; giveUpAfterMs: number; signal?: AbortSignal },
): Promise<T> {
  const start = clock.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) {
        throw error;
      }
      if (clock.now() - start >= giveUpAfterMs) {
        throw new LionError(
          "environment",
          `The project's database has been in use by another program for ${Math.round(giveUpAfterMs / 1000)} seconds: try again, or close that program.`,
          { cause: error },
        );
      }
    }
    await clock.sleep(pause, signal);
  }
}

/** Whether SQLite refused because of another connection's lock; the store passes that on as the cause of a sentence. */
function isBusy(error: unknown): boolean {
  if (error instanceof LionError) {
    return isBusy(error.cause);
  }
  const { code } = (error instanceof Error ? error : {}) as { code?: unknown };
  return typeof code === "string" && code.startsWith("SQLITE_BUSY");
}
