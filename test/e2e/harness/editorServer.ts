import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { VSCodeServer } from "../../../scripts/vscodeServer/server.mts";
import { QUIET } from "../../launch/quiet.mts";
import { atEnd } from "./atEnd.ts";
import { Bridge } from "./bridgeClient.ts";
import { EditorWindow, THEMES } from "./editorWindow.ts";

/** How long a click waits for what it clicks: machines that test may have little to spare. */
const WAIT_MS = 60_000;

export interface WindowOptions {
  /** The folder that the window shows; none when null. */
  readonly folder: string | null;
  /** In CSS pixels; 1,400 by 900 by default. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly theme?: keyof typeof THEMES;
}

export interface EditorServerOptions {
  /** The user's settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a person must trust a workspace before it is trusted. */
  readonly workspaceTrust?: boolean;
}

function needed(variable: string): string {
  const value = process.env[variable];
  if (!value) {
    throw new Error(`${variable} is not set: run the end-to-end tests with \`npm run test:e2e [-- FILES]\`.`);
  }
  return value;
}

/** Node.js tells; its declared types do not know it yet. */
function hasPassed(context: TestContext): boolean {
  return (context as TestContext & { readonly passed: boolean }).passed;
}

/** A VS Code with the packaged extension, and a browser. Start one in `before`, stop it in `after`. */
export class EditorServer {
  readonly server: VSCodeServer;
  readonly #browser: Browser;
  readonly #bridges: string;
  readonly #settings: Readonly<Record<string, unknown>>;

  private constructor(parts: {
    server: VSCodeServer;
    browser: Browser;
    bridges: string;
    settings: Readonly<Record<string, unknown>>;
  }) {
    this.server = parts.server;
    this.#browser = parts.browser;
    this.#bridges = parts.bridges;
    this.#settings = parts.settings;
  }

  static async start(options: EditorServerOptions = {}): Promise<EditorServer> {
    const folder = mkdtempSync(join(tmpdir(), "lion-editor-"));
    const bridges = join(folder, "bridges");
    mkdirSync(bridges);
    const server = await VSCodeServer.start({
      main: needed("CODE_SERVER_MAIN"),
      folder,
      extensions: JSON.parse(needed("LION_E2E_EXTENSIONS")) as string[],
      settings: { ...QUIET, ...options.settings },
      workspaceTrust: options.workspaceTrust ?? false,
      environment: { ...options.environment, BRIDGE_FOLDER: bridges },
    });
    const browser = await chromium.launch({
      executablePath: needed("CHROMIUM"),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    return new EditorServer({ server, browser, bridges, settings: { ...QUIET, ...options.settings } });
  }

  /** Opens a window, in a browser profile of its own, which is closed with the test. A picture is kept when it fails. */
  async openWindow(context: TestContext, options: WindowOptions): Promise<EditorWindow> {
    this.server.changeSettings({ ...this.#settings, "workbench.colorTheme": THEMES[options.theme ?? "dark"] });
    const profile = await this.#browser.newContext({
      viewport: options.size ?? { width: 1400, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    profile.setDefaultTimeout(WAIT_MS);
    const page = await profile.newPage();
    const window = await EditorWindow.open({
      page,
      address: this.server.address(options.folder),
      nextBridge: (before) => Bridge.next(this.#bridges, before),
      knownBridges: () => Bridge.known(this.#bridges),
    });
    atEnd(context, async () => {
      if (!hasPassed(context)) {
        await window.keepPicture(context.name);
        console.error(this.server.lastWords());
      }
      await profile.close();
    });
    return window;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    // An extension host that is about to end may still write.
    rmSync(this.server.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
