import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ConsoleMessage, Page } from "playwright-core";
import type * as vscode from "vscode";
import { ActivityBar } from "../pages/activityBar.ts";
import { Dialog } from "../pages/dialog.ts";
import { Editors } from "../pages/editors.ts";
import { Notifications } from "../pages/notifications.ts";
import { QuickInput } from "../pages/quickInput.ts";
import { StatusBar } from "../pages/statusBar.ts";
import { Tree } from "../pages/tree.ts";
import { Walkthrough } from "../pages/walkthrough.ts";
import type { Bridge } from "./bridgeClient.ts";
import { until } from "./until.ts";

const PICTURES = resolve(import.meta.dirname, "..", "..", "..", "out", "e2e");
const OPEN_MS = 60_000;

export const THEMES = {
  dark: "Default Dark Modern",
  light: "Default Light Modern",
  "high contrast": "Default High Contrast",
  "high contrast light": "Default High Contrast Light",
} as const;

/** The workbench's class in each theme. */
const WORKBENCH: Readonly<Record<keyof typeof THEMES, string>> = {
  dark: "vs-dark",
  light: "vs",
  "high contrast": "hc-black",
  "high contrast light": "hc-light",
};

interface Parts {
  readonly page: Page;
  readonly address: string;
  readonly nextBridge: (before: ReadonlySet<string>) => Promise<Bridge>;
  readonly knownBridges: () => ReadonlySet<string>;
}

/** One window of VS Code, as a person sees it (`page` and what is on it) and as an extension does (`evaluate`). */
export class EditorWindow {
  readonly page: Page;
  readonly activityBar: ActivityBar;
  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  readonly dialog: Dialog;
  readonly editors: Editors;
  readonly statusBar: StatusBar;
  readonly walkthrough: Walkthrough;
  /** What the browser refused because of a content security policy, since the window was opened. */
  readonly violations: string[] = [];
  readonly #parts: Parts;
  #bridge: Bridge;

  private constructor(parts: Parts, bridge: Bridge) {
    const { page } = parts;
    this.#parts = parts;
    this.#bridge = bridge;
    this.page = page;
    this.activityBar = new ActivityBar(page);
    this.quickInput = new QuickInput(page);
    this.notifications = new Notifications(page);
    this.dialog = new Dialog(page);
    this.editors = new Editors(page);
    this.statusBar = new StatusBar(page);
    this.walkthrough = new Walkthrough(page);
  }

  static async open(parts: Parts): Promise<EditorWindow> {
    const { page } = parts;
    const early: ConsoleMessage[] = [];
    page.on("console", (message) => early.push(message));
    const before = parts.knownBridges();
    await page.goto(parts.address);
    await page.locator(".monaco-workbench").waitFor({ timeout: OPEN_MS });
    const window = new EditorWindow(parts, await parts.nextBridge(before));
    for (const message of early) {
      window.#note(message);
    }
    page.on("console", (message) => window.#note(message));
    return window;
  }

  /** A tree view by its name, for example "Train Pool". */
  tree(name: string): Tree {
    return new Tree(this.page, name);
  }

  /** Calls a function in the window's extension host; see `Bridge.evaluate`. */
  evaluate<Result, Argument = undefined>(
    work: (api: typeof vscode, argument: Argument) => Result | PromiseLike<Result>,
    ...argument: Argument extends undefined ? [] : [Argument]
  ): Promise<Result> {
    return this.#bridge.evaluate(work, argument[0] as Argument);
  }

  /** Runs a command by its id and waits for its end. Its result is not returned: few travel as JSON. */
  async command(id: string, ...args: readonly unknown[]): Promise<void> {
    await this.#bridge.evaluate((api, call) => api.commands.executeCommand(call.id, ...call.args).then(() => {}), {
      id,
      args,
    });
  }

  /** Changes the theme as a person does in the settings, and waits until the window is drawn in it. */
  async changeTheme(theme: keyof typeof THEMES): Promise<void> {
    await this.evaluate(
      (api, name) => api.workspace.getConfiguration("workbench").update("colorTheme", name, true),
      THEMES[theme],
    );
    await this.page.locator(`.monaco-workbench.${WORKBENCH[theme]}`).waitFor();
  }

  /**
   * Reloads the window as `Developer: Reload Window` does and waits until its extension host is back. What the window
   * has noted is stored by then: nobody reloads within the tenth of a second for which the editor in a browser keeps
   * such things in memory.
   */
  async reload(): Promise<void> {
    await this.page.evaluate(stored);
    await this.#begins(() => this.page.reload());
  }

  /** Does what makes the window open another folder, and waits until its extension host is there. */
  async opensFolder(work: () => Promise<unknown>): Promise<void> {
    await this.#begins(work);
  }

  /** Leaves the window as somebody who closes the tab, and waits until its extension host has ended. */
  async leave(): Promise<void> {
    const host = await this.evaluate(() => process.pid);
    await this.page.goto("about:blank");
    await until(() => !isAlive(host), "the extension host has ended");
  }

  /** Opens the window again after `leave`. */
  async comeBack(): Promise<void> {
    await this.#begins(() => this.page.goto(this.#parts.address));
  }

  /** Saves a picture of the window under out/e2e. */
  async keepPicture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    const path = join(PICTURES, `${name.replaceAll(/[^\w-]+/g, "-").slice(0, 100)}.png`);
    await this.page.screenshot({ path });
    console.error(`A picture of the window is in ${path}.`);
  }

  /** Does what starts another extension host, and waits for it. */
  async #begins(work: () => Promise<unknown>): Promise<void> {
    const before = this.#parts.knownBridges();
    await work();
    this.#bridge = await this.#parts.nextBridge(before);
    await this.page.locator(".monaco-workbench").waitFor({ timeout: OPEN_MS });
  }

  #note(message: ConsoleMessage): void {
    if (/Content[ -]Security[ -]Policy/i.test(message.text())) {
      this.violations.push(`${message.text()} (${message.location().url})`);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs in the page: waits until what waited to be stored is in the browser's databases. */
async function stored(): Promise<void> {
  const FLUSH_MS = 250;
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  for (const { name = "" } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    // It gets its turn after all writes that were asked for before it.
    for (const store of database.objectStoreNames) {
      await done(database.transaction(store).objectStore(store).count());
    }
    database.close();
  }
  function done<Result>(request: IDBRequest<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}
