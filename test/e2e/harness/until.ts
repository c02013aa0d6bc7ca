import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 100;

/** Waits until something holds. @throws Error that says what did not come. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  { milliseconds = 120_000 }: { readonly milliseconds?: number } = {},
): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !(await condition()); await pause(LOOK_EVERY_MS)) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${milliseconds / 1000} seconds, and still not: ${what}.`);
    }
  }
}
