import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createWriteStream, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LionError } from "../../src/core/errors.ts";

const START_MS = 60_000;
const STOP_MS = 5000;
/** Characters of each log that are worth showing. */
const LOG_LENGTH = 2500;

export interface ServerOptions {
  /** The script that starts the server, as `ensureCodeServer` finds it. */
  readonly main: string;
  /** Everything of the server lies here, until somebody removes it; by default a temporary folder, gone at the end. */
  readonly folder?: string;
  /** VSIX files to install first. */
  readonly extensions?: readonly string[];
  /** The user's settings; those that are there stay when left out. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Honours what a page's address says about extensions under development; then no toast is shown. */
  readonly testDriver?: boolean;
  /** Whether workspaces must be trusted, as on a user's machine; by default all are. */
  readonly workspaceTrust?: boolean;
  /** What a browser must show; by default nothing, which suits tests. */
  readonly token?: string;
}

/** VS Code as a server on loopback. Start it, open `address()` in a browser, stop it. */
export class VSCodeServer {
  readonly port: number;
  /** Where the server keeps everything, its own log (`server.log`) included. */
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #token: string | undefined;
  readonly #temporary: boolean;

  private constructor(options: {
    port: number;
    folder: string;
    child: ChildProcess;
    token: string | undefined;
    temporary: boolean;
  }) {
    this.port = options.port;
    this.folder = options.folder;
    this.#child = options.child;
    this.#token = options.token;
    this.#temporary = options.temporary;
  }

  /** @throws LionError when an extension cannot be installed or the server does not start. */
  static async start(options: ServerOptions): Promise<VSCodeServer> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "lion-vscode-"));
    mkdirSync(folder, { recursive: true });
    if (options.settings) {
      writeSettings(folder, options.settings);
    }
    const common = [
      "--accept-server-license-terms",
      "--disable-telemetry",
      ...["--server-data-dir", folder],
      ...["--user-data-dir", join(folder, "data")],
      ...["--extensions-dir", join(folder, "ext")],
    ];
    installExtensions(options, common);
    const access = options.token === undefined ? ["--without-connection-token"] : ["--connection-token", options.token];
    const child = spawn(
      process.execPath,
      [
        options.main,
        ...common,
        ...["--host", "127.0.0.1", "--port", "0"],
        ...access,
        ...(options.testDriver ? ["--enable-smoke-test-driver"] : []),
        ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.environment } },
    );
    const temporary = options.folder === undefined;
    const port = await portOf(child, join(folder, "server.log")).catch(async (error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    });
    return new VSCodeServer({ port, folder, child, token: options.token, temporary });
  }

  /** What names the server in addresses inside the editor. */
  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The address at which a browser shows a folder; `payload` is what the workbench's test driver is told. */
  address(folder: string | null, payload: ReadonlyArray<readonly [string, string]> = []): string {
    const query = new URLSearchParams({
      ...(this.#token !== undefined && { tkn: this.#token }),
      ...(folder === null ? { ew: "true" } : { folder }),
      ...(payload.length > 0 && { payload: JSON.stringify(payload) }),
    });
    return `http://${this.authority}/?${query}`;
  }

  /** Resolves when the server is gone, by itself or by `stop`. */
  get ended(): Promise<void> {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => this.#child.once("exit", () => resolve()));
  }

  /** Replaces the user's settings; windows that are open follow. */
  changeSettings(settings: Readonly<Record<string, unknown>>): void {
    writeSettings(this.folder, settings);
  }

  /** The last words of the server and of its extension hosts, for whoever looks for the reason of a failure. */
  lastWords(): string {
    const logs = ["server.log", ...globSync("data/logs/**/{remoteexthost,*Lion*}.log", { cwd: this.folder }).sort()];
    return logs
      .map((name) => `--- ${name}\n${readFileSync(join(this.folder, name), "utf8").slice(-LOG_LENGTH)}`)
      .join("\n");
  }

  /** Ends the server and its extension hosts, and removes a temporary folder. */
  async stop(): Promise<void> {
    const { ended } = this;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    this.#child.kill("SIGTERM");
    await ended;
    clearTimeout(timer);
    if (this.#temporary) {
      // An extension host that is about to end may still write.
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  }
}

function writeSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  const user = join(folder, "data", "User");
  mkdirSync(user, { recursive: true });
  writeFileSync(join(user, "settings.json"), JSON.stringify(settings, null, 2));
}

function installExtensions(options: ServerOptions, common: readonly string[]): void {
  const { extensions = [] } = options;
  if (extensions.length === 0) {
    return;
  }
  const names = extensions.flatMap((file) => ["--install-extension", file]);
  const installed = spawnSync(process.execPath, [options.main, ...common, ...names, "--force"], { encoding: "utf8" });
  const output = `${installed.stdout}${installed.stderr}`;
  if (installed.status !== 0 || /failed/i.test(output)) {
    throw new LionError("environment", `VS Code did not install ${extensions.join(", ")}: ${output.trim()}`);
  }
}

/** The port that the server names when it is ready; all that it says goes into a log file. */
function portOf(child: ChildProcess, log: string): Promise<number> {
  const file = createWriteStream(log, { flags: "a" });
  let said = "";
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new LionError("environment", `VS Code's server did not start: ${reason}. ${said.slice(-2000)}`.trim()));
    };
    const timer = setTimeout(() => fail(`it was not ready after ${START_MS / 1000} seconds`), START_MS);
    child.once("exit", (code) => fail(`it ended with code ${code}`));
    child.once("error", (error) => fail(error.message));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        file.write(data);
        said = (said + data.toString()).slice(-20_000);
        const port = said.match(/Extension host \w+ listening on (\d+)/)?.[1];
        if (port) {
          clearTimeout(timer);
          resolve(Number(port));
        }
      });
    }
  });
}
