import { endingOf } from "../src/cli/exitCode.ts";
import type { Output } from "../src/cli/output.ts";

/** Runs a script's work; an early end is one sentence and an exit code, as on the command line. */
export async function runScript(output: Output, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const ending = endingOf(error);
    output.complain(process.env.LION_DEBUG && error instanceof Error ? (error.stack ?? "") : ending.message);
    process.exitCode = ending.exit;
  }
}
