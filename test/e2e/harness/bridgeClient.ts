import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type * as vscode from "vscode";

const START_MS = 120_000;
/** Longer than any call takes; one that shows a message with buttons ends only when somebody chose. */
const CALL_MS = 120_000;

/** The editor's API, called from outside: one for each extension host, and so for each window. */
export class Bridge {
  readonly #port: number;
  readonly #token: string;

  private constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** The hosts that have said where they are, in a folder that is theirs. */
  static known(folder: string): ReadonlySet<string> {
    return new Set(readdirSync(folder).filter((name) => name.endsWith(".json")));
  }

  /** Waits for a host that was not known before. @throws Error when none comes. */
  static async next(folder: string, before: ReadonlySet<string>): Promise<Bridge> {
    for (const until = Date.now() + START_MS; Date.now() < until; await pause(50)) {
      const file = [...Bridge.known(folder)].find((name) => !before.has(name));
      if (file) {
        const { port, token } = JSON.parse(readFileSync(join(folder, file), "utf8"));
        return new Bridge(port, token);
      }
    }
    throw new Error(`No extension host with the bridge came up within ${START_MS / 1000} seconds.`);
  }

  /**
   * Calls a function inside the extension host. It sees its parameters and nothing else of the test; argument and result
   * travel as JSON.
   */
  async evaluate<Result, Argument>(
    work: (api: typeof vscode, argument: Argument) => Result | PromiseLike<Result>,
    argument: Argument,
  ): Promise<Result> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ source: String(work), argument }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const reply = (await response.json()) as { value: Result } | { error: string };
    if ("error" in reply) {
      throw new Error(`In the extension host: ${reply.error}`);
    }
    return reply.value;
  }
}
