import { createInterface } from "node:readline";
import { LionError, messageOf } from "../errors.ts";
import { type SandboxOptions, startSandbox } from "./server.ts";

/**
 * The sandbox as a process of its own. It reads its options as one line of JSON, answers with one line, `{"url"}` or
 * `{"error": {"kind", "message"}}`, and ends when its standard input does: whoever started it may be killed and still
 * leaves no orphan.
 */

/** Ctrl+C in a terminal reaches every process of the group; the owner decides when this one ends. */
for (const signal of ["SIGINT", "SIGHUP"] as const) {
  process.on(signal, () => {});
}

const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  try {
    const sandbox = await startSandbox(JSON.parse(line) as SandboxOptions);
    process.stdout.write(`${JSON.stringify({ url: sandbox.url })}\n`);
  } catch (error) {
    const kind = error instanceof LionError ? error.kind : "environment";
    process.stdout.write(`${JSON.stringify({ error: { kind, message: messageOf(error) } })}\n`);
    process.exitCode = 1;
    process.stdin.destroy();
  }
});
lines.once("close", () => {
  if (process.exitCode === undefined) {
    process.exit(0);
  }
});
