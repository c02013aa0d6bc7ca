import { LionError, messageOf } from "../errors.ts";
import { runShell } from "./remote/shellProcess.ts";
import { ShellTransport } from "./remote/shellTransport.ts";
import type { Forward } from "./target.ts";
import type { RunOptions, RunResult } from "./transport.ts";

/** This machine, reached as a host is: for a login node that one already works on. */
export class LocalTransport extends ShellTransport {
  readonly label = "this machine";
  readonly #environment: NodeJS.ProcessEnv;

  /** @param environment what scripts inherit; leave out what they must not see, such as keys. */
  constructor(environment: NodeJS.ProcessEnv) {
    super();
    this.#environment = environment;
  }

  async run(script: string, options: RunOptions = {}): Promise<RunResult> {
    const end = await runShell(["sh", "-s"], this.#environment, script, options).catch((error: unknown) => {
      throw error instanceof LionError || (error as NodeJS.ErrnoException).syscall?.startsWith("spawn") !== true
        ? error
        : new LionError("environment", `There is no POSIX shell on this machine: ${messageOf(error)}.`);
    });
    if (end.ended !== null || end.code === null) {
      throw end.ended === "aborted"
        ? new LionError("interrupted", "Interrupted without loss while a script ran on this machine.")
        : new LionError("environment", "A script on this machine did not end in time: is the machine overloaded?");
    }
    return { code: end.code, stdout: end.stdout, stderr: end.stderr };
  }

  async forward(port: number): Promise<Forward> {
    return { port, close: async () => {} };
  }

  async close(): Promise<void> {}
}
