import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { shellQuote } from "../runScript.ts";
import type { RunOptions } from "../transport.ts";

/** How a program that was to run a script with `sh -s` has ended. */
export interface ShellEnd {
  /** Null when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Whether the script has begun. */
  readonly begun: boolean;
  /** Why it was ended from here. */
  readonly ended: "timeout" | "aborted" | null;
}

const TIMEOUT_MS = 60_000;
const STDERR_KEPT = 1 << 16;
/** A program that does not listen to TERM is killed after this. */
const GRACE_MS = 2000;
/** A connection that ssh keeps for the next command may hold standard error open long after the program's end. */
const STDERR_PATIENCE_MS = 50;

/**
 * Runs a script by a program that hands its standard input to `sh -s`, here or through a connection.
 *
 * The script says a random word before its first command: what comes earlier is noise of the login shell's start files.
 * It is one compound command, so that a shell has read all of it by then, and only then is sent what its commands read:
 * some shells read ahead and would swallow that.
 *
 * @param argv the program and its arguments.
 * @throws the system's error (ENOENT …) when the program cannot be started, and whatever `onOutput` or `stdin` throws.
 */
export async function runShell(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  script: string,
  options: RunOptions = {},
): Promise<ShellEnd> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    env: environment,
    windowsHide: true,
    // Without a terminal nothing in it can ask for anything there. (On Windows this would open one.)
    detached: process.platform !== "win32",
  });
  const broken: { error?: unknown } = {};
  let ended: ShellEnd["ended"] = null;
  const end = (why: ShellEnd["ended"]): void => {
    ended ??= why;
    terminate(child);
  };
  const fail = (error: unknown): void => {
    broken.error ??= error;
    terminate(child);
  };
  const abort = (): void => end("aborted");
  options.signal?.addEventListener("abort", abort, { once: true });
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const timer = timeoutMs > 0 ? setTimeout(() => end("timeout"), timeoutMs) : undefined;
  try {
    const word = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")] as const;
    const output = new Output(word.join(""), options.onOutput, () => {
      if (options.stdin) {
        feed(child, options.stdin).catch(fail);
      }
    });
    child.stdout.on("data", (chunk: Buffer) => {
      try {
        output.take(chunk);
      } catch (error) {
        fail(error);
      }
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    // Whoever ends before it has read everything says why by its exit code.
    child.stdin.on("error", () => {});
    const closed = Promise.all([once(child, "exit"), once(child.stdout, "close")]);
    const silent = once(child.stderr, "close");
    child.stdin.write(wrapped(script, options, word));
    if (!options.stdin) {
      child.stdin.end();
    }
    if (options.signal?.aborted) {
      abort();
    }
    const [[code]] = await closed;
    await Promise.race([silent, sleep(STDERR_PATIENCE_MS)]);
    child.stderr.destroy();
    if ("error" in broken) {
      throw broken.error;
    }
    return { code: code as number | null, stdout: output.kept(), stderr, begun: output.begun, ended };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

function wrapped(script: string, { args = [], stdin }: RunOptions, [first, second]: readonly [string, string]): string {
  // In two halves, so that a host that repeats what it reads does not seem to have run it.
  return `set -- ${args.map(shellQuote).join(" ")}
{
printf '%s%s\\n' ${first} ${second}
${script}
exit
}${stdin ? "" : " </dev/null"}
`;
}

/** What a program prints: noise, the word, and then the script's own output. */
class Output {
  readonly #word: Buffer;
  readonly #onOutput: ((chunk: Buffer) => void) | undefined;
  readonly #onBegin: () => void;
  #noise: Buffer = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];
  begun = false;

  constructor(word: string, onOutput: ((chunk: Buffer) => void) | undefined, onBegin: () => void) {
    this.#word = Buffer.from(`${word}\n`);
    this.#onOutput = onOutput;
    this.#onBegin = onBegin;
  }

  take(chunk: Buffer): void {
    if (this.begun) {
      this.#pass(chunk);
      return;
    }
    const seen = Buffer.concat([this.#noise, chunk]);
    const at = seen.indexOf(this.#word);
    if (at < 0) {
      this.#noise = seen.subarray(-this.#word.length);
      return;
    }
    this.begun = true;
    this.#onBegin();
    this.#pass(seen.subarray(at + this.#word.length));
  }

  kept(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #pass(chunk: Buffer): void {
    if (chunk.length === 0) {
      return;
    }
    if (this.#onOutput) {
      this.#onOutput(chunk);
    } else {
      this.#chunks.push(chunk);
    }
  }
}

/** Writes all there is to read, no faster than it is read, unless the program ends first. */
async function feed(child: ChildProcess, source: AsyncIterable<Uint8Array>): Promise<void> {
  const { stdin } = child;
  for await (const chunk of source) {
    if (!stdin || stdin.destroyed || child.exitCode !== null) {
      return;
    }
    if (!stdin.write(chunk)) {
      await drained(stdin);
    }
  }
  stdin?.end();
}

/** Waits until more can be written, or nothing any more. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}

function terminate(child: ChildProcess): void {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  timer.unref();
  child.once("exit", () => clearTimeout(timer));
}
