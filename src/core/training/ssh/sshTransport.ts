import { LionError, messageOf } from "../../errors.ts";
import { runShell, type ShellEnd } from "../remote/shellProcess.ts";
import { ShellTransport } from "../remote/shellTransport.ts";
import type { Forward } from "../target.ts";
import type { RunOptions, RunResult } from "../transport.ts";
import { Askpass, type Prompter } from "./askpass.ts";
import { freePort } from "./freePort.ts";
import { CONNECTION, checkHost, type SshSettings, shared, sshArgv, sshSettings, UNSHARED } from "./sshCommand.ts";
import { problemFrom, SshProblem, sshError, sshProblemOf } from "./sshProblem.ts";

export interface SshOptions {
  /** As in ~/.ssh/config: an alias, a name, or user@name. */
  readonly host: string;
  /** What ssh inherits; `LION_SSH` names another program, `LION_SSH_CONFIG` another configuration file. */
  readonly environment: NodeJS.ProcessEnv;
  /** Asks a person for a passphrase or a password when no key opens the host without; left out, nobody is asked. */
  readonly prompter?: Prompter;
}

/** ssh's own code for whatever keeps it from the command, or from its end. */
const SSH_FAILED = 255;

/** A host by the system's ssh: its configuration, agent, jump hosts, certificates and known keys are the user's own. */
export class SshTransport extends ShellTransport {
  readonly label: string;
  readonly #settings: SshSettings;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #prompter: Prompter | null;
  readonly #shared: readonly string[];
  #unlocking: Promise<void> | null = null;

  /** @throws LionError for a text that is no host. */
  constructor({ host, environment, prompter }: SshOptions) {
    super();
    this.label = checkHost(host);
    this.#settings = sshSettings(environment);
    this.#environment = environment;
    this.#prompter = (Askpass.works && prompter) || null;
    this.#shared = ["-o", "ClearAllForwardings=yes", ...shared(this.#settings, host)];
  }

  async run(script: string, options: RunOptions = {}): Promise<RunResult> {
    try {
      return await this.#run(this.#shared, script, options, null);
    } catch (failure) {
      const error = await this.#explained(failure);
      if (sshProblemOf(error)?.kind !== "permission-denied" || this.#prompter === null) {
        throw error;
      }
      await this.#unlock(this.#prompter);
      return this.#run(this.#shared, script, options, null);
    }
  }

  async forward(port: number): Promise<Forward> {
    const local = await freePort();
    const leave = new AbortController();
    const options = ["-o", "ExitOnForwardFailure=yes", "-L", `127.0.0.1:${local}:127.0.0.1:${port}`, ...UNSHARED];
    // A script that ends with this process, however that ends: a bare `ssh -N` would outlive it.
    const script = "echo open; cat >/dev/null";
    let opened = (): void => {};
    const begun = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const stdin = untilAborted(leave.signal);
    const end = this.#run(
      options,
      script,
      { stdin, timeoutMs: 0, signal: leave.signal, onOutput: opened },
      this.#prompter,
    );
    const over = end.then(
      () => {},
      (error: unknown) => {
        if (!leave.signal.aborted) {
          throw error;
        }
      },
    );
    await Promise.race([begun, over]);
    over.catch(() => {});
    return {
      port: local,
      close: async () => {
        leave.abort();
        await over.catch(() => {});
      },
    };
  }

  /** The connection is kept for the user's other processes and ends by itself a minute after its last use. */
  async close(): Promise<void> {}

  /** Of a shared connection ssh keeps the jump host's own words to itself, or all: what they are, an unshared one tells. */
  async #explained(error: unknown): Promise<unknown> {
    const problem = sshProblemOf(error);
    const isSilent = problem?.kind === "other" && problem.says === "";
    if (!isSilent && (problem?.kind !== "broken" || !/UNKNOWN port/.test(problem.says))) {
      return error;
    }
    return this.#run([...UNSHARED, "-o", "LogLevel=INFO"], ":", {}, null).then(
      // The host is there: a connection that ended without a word had been cut.
      () => (isSilent ? sshError(new SshProblem("broken", this.label, "")) : error),
      (reason: unknown) => reason,
    );
  }

  /** Makes the shared connection with a person's help, once for all who wait for it, so that what comes next needs none. */
  #unlock(prompter: Prompter): Promise<void> {
    this.#unlocking ??= this.#run(this.#shared, ":", { timeoutMs: 0 }, prompter)
      .then(() => {})
      .finally(() => {
        this.#unlocking = null;
      });
    return this.#unlocking;
  }

  async #run(
    options: readonly string[],
    script: string,
    runOptions: RunOptions,
    prompter: Prompter | null,
  ): Promise<RunResult> {
    const askpass = prompter && (await Askpass.open(prompter, this.label));
    try {
      const batch = askpass ? ["-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=3"] : ["-o", "BatchMode=yes"];
      const argv = sshArgv(this.#settings, ["-T", ...batch, ...CONNECTION, ...options], this.label, ["sh", "-s"]);
      // Jump hosts are reached by a second ssh that knows nothing of these options: it must not ask either.
      const environment = { ...this.#environment, SSH_ASKPASS_REQUIRE: "never", ...askpass?.variables };
      const end = await runShell(argv, environment, script, runOptions).catch((error: unknown) => {
        throw this.#spawnError(error);
      });
      return this.#result(end);
    } finally {
      askpass?.close();
    }
  }

  #result(end: ShellEnd): RunResult {
    if (end.ended === "aborted") {
      throw new LionError("interrupted", `Interrupted without loss while ${this.label} was asked for something.`);
    }
    if (end.ended === "timeout") {
      throw sshError(new SshProblem("timeout", this.label, end.stderr));
    }
    if (!end.begun) {
      throw sshError(
        end.code === SSH_FAILED || end.code === null
          ? problemFrom(this.label, end.stderr)
          : new SshProblem("no-shell", this.label, end.stderr || `code ${end.code}`),
      );
    }
    if (end.code === SSH_FAILED || end.code === null) {
      throw sshError(new SshProblem("broken", this.label, end.stderr));
    }
    return { code: end.code, stdout: end.stdout, stderr: end.stderr };
  }

  #spawnError(error: unknown): unknown {
    const isSpawn = error instanceof Error && (error as NodeJS.ErrnoException).syscall?.startsWith("spawn");
    return isSpawn ? sshError(new SshProblem("no-ssh", this.label, messageOf(error))) : error;
  }
}

/** A standard input that nothing is written to and that stays open. */
async function* untilAborted(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
