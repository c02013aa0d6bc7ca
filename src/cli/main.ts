import { CommanderError } from "commander";
import { endingOf } from "./exitCode.ts";
import { Output } from "./output.ts";
import { createProgram } from "./program.ts";

// Whoever reads our output may stop, as `head` does: then nobody is left to work for, and nothing that counts is lost.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") {
    throw error;
  }
  process.exit(process.exitCode ?? 130);
});

// Started by an older Node.js (scripts/lion.mjs): who kills that means this process, and nothing stored is lost by it.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.channel?.unref();

const json = process.argv.includes("--json");

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; its own code 1 means wrong use, which is 2 here.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    const ending = endingOf(error);
    const output = new Output({ json });
    output.complain(
      process.env.LION_DEBUG && error instanceof Error ? (error.stack ?? ending.message) : ending.message,
    );
    process.exitCode = ending.exit;
  }
}
