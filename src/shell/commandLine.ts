import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type FailureKind, LionError } from "../core/errors.ts";
import type { Installation } from "./shell.ts";

/** The command line's exit codes that mean something else than a failure. */
const KINDS: Readonly<Record<number, FailureKind>> = { 2: "input", 130: "interrupted" };

interface Options {
  /** Told how far the work is. */
  readonly onEvent?: (event: Readonly<Record<string, unknown>>) => void;
  /** What the process reads on its standard input. */
  readonly input?: string;
  /** Asks the process for an orderly end. */
  readonly signal?: AbortSignal;
  /** After so long the process is ended. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command of the command line, in a process of its own: with 100,000 instructions some work takes longer than the editor's
 * thread may be held up.
 *
 * @param command its name, with that of what it does where it has several, such as `review edit`.
 * @returns the JSON value that it prints as its result.
 * @throws LionError with its sentence when it fails; of kind `interrupted` when it was stopped.
 */
export async function runCommandLine<T>(
  { root }: Pick<Installation, "root">,
  command: string,
  args: readonly string[],
  { onEvent, input, signal, timeoutMs }: Options = {},
): Promise<T> {
  const child = spawn(process.execPath, [join(root, "dist", "lion.mjs"), ...command.split(" "), "--json", ...args], {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  const stop = (): void => void child.kill("SIGTERM");
  const timer = timeoutMs === undefined ? null : setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  // One that ends without reading says why by itself.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  try {
    const [code, result, complaint] = await Promise.all([ended(child), resultOf(child, onEvent), textOf(child)]);
    if (code !== 0 || result === null) {
      const sentence = complaint.trim().replace(/^lion: /, "");
      throw new LionError(
        KINDS[code ?? -1] ?? "environment",
        sentence || "The work ended without a result: try again.",
      );
    }
    return result as T;
  } finally {
    signal?.removeEventListener("abort", stop);
    if (timer) {
      clearTimeout(timer);
    }
  }
}

/** The exit code; null when a signal ended the process. */
function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new LionError("environment", error.message, { cause: error })));
    child.once("close", (code) => resolve(code));
  });
}

async function resultOf({ stdout }: ChildProcess, onEvent: Options["onEvent"]): Promise<unknown> {
  let result: unknown = null;
  for await (const line of stdout ? createInterface({ input: stdout }) : []) {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if ("event" in value) {
      onEvent?.(value);
    } else {
      result = value;
    }
  }
  return result;
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  let text = "";
  for await (const part of stderr?.setEncoding("utf8") ?? []) {
    text += part;
  }
  return text;
}
