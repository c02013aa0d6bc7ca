import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type FailureKind, LionError, messageOf } from "../errors.ts";
import type { SandboxOptions } from "./server.ts";

/** Time for the process to start and to read a recorded set. */
const START_MS = 30_000;
/** Time for the process to end by itself. */
const STOP_MS = 2000;
/** Characters of the process's own complaints that are kept for a message. */
const COMPLAINT_LENGTH = 2000;

export interface SandboxProcessOptions extends Omit<SandboxOptions, "clock" | "baseDir"> {
  /** The folder that `config.set` is relative to: the project's. */
  readonly baseDir: string;
  /** The script to run, or the script and its arguments; by default the one beside this file. */
  readonly entry?: URL | string | readonly string[];
}

/** What the process says first. */
type Greeting = { readonly url: string } | { readonly error: { readonly kind: FailureKind; readonly message: string } };

function commandOf(entry: SandboxProcessOptions["entry"]): readonly string[] {
  if (entry === undefined) {
    return [fileURLToPath(new URL("./process.ts", import.meta.url))];
  }
  if (entry instanceof URL) {
    return [fileURLToPath(entry)];
  }
  return typeof entry === "string" ? [entry] : entry;
}

function cannotStart(reason: string): LionError {
  return new LionError("environment", `The sandbox did not start: ${reason}.`);
}

/** The first line of the process, or why there is none. */
function greetingOf(child: ChildProcess): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    const timer = setTimeout(() => reject(cannotStart(`it said nothing for ${START_MS / 1000} seconds`)), START_MS);
    const fail = (error: LionError): void => {
      clearTimeout(timer);
      reject(error);
    };
    child.stderr?.on("data", (data: Buffer) => {
      complaint = (complaint + data.toString()).slice(0, COMPLAINT_LENGTH);
    });
    child.once("error", (error) => fail(cannotStart(error.message)));
    child.once("close", (code) => {
      const last = complaint.split("\n").find((line) => /\berror\b/iu.test(line)) ?? complaint.trim();
      fail(cannotStart(`its process ended with code ${code}${last && ` (${last.trim()})`}`));
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).once("line", (line) => {
        clearTimeout(timer);
        try {
          resolve(JSON.parse(line) as Greeting);
        } catch (error) {
          fail(cannotStart(`its first line is not the expected one (${messageOf(error)})`));
        }
      });
    }
  });
}

/** The sandbox in a process of its own, which ends with the process that started it. */
export class SandboxProcess {
  /** The endpoint's address up to and including `/v1`. */
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** @throws LionError when the process does not start, or the sandbox refuses its configuration. */
  static async start({ entry, ...options }: SandboxProcessOptions): Promise<SandboxProcess> {
    const child = spawn(process.execPath, commandOf(entry), { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
    child.stdin.on("error", () => {});
    child.stdin.write(`${JSON.stringify(options)}\n`);
    const greeting = await greetingOf(child).catch((error: unknown) => {
      child.kill();
      throw error;
    });
    if ("error" in greeting) {
      throw new LionError(greeting.error.kind, greeting.error.message);
    }
    return new SandboxProcess(greeting.url, child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return;
    }
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    this.#child.stdin?.end();
    await gone;
    clearTimeout(timer);
  }
}
