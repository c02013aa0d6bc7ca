import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { buildBundles } from "../../../scripts/build.mts";
import { bundleSize } from "../../../scripts/bundling/bundleSize.mts";
import { stagePackage } from "../../../scripts/packaging/stage.mts";
import { packFolder } from "../../../scripts/packaging/vsce.mts";
import { ensureCodeServer } from "../../../scripts/vscodeServer/codeServer.mts";
import { VSCodeServer } from "../../../scripts/vscodeServer/server.mts";
import { ensureChromium } from "../../../scripts/vscodeServer/systemPackages.mts";
import { Bridge } from "../../e2e/harness/bridgeClient.ts";
import { EditorWindow } from "../../e2e/harness/editorWindow.ts";
import { QUIET } from "../../launch/quiet.mts";
import type { Probe } from "./host/probe.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");

type Method = keyof { [K in keyof Probe as Probe[K] extends (...args: never[]) => unknown ? K : never]: Probe[K] };

/** A window whose extension host is measured from within. */
export class MeasuredWindow {
  readonly editor: EditorWindow;

  constructor(editor: EditorWindow) {
    this.editor = editor;
  }

  /** Waits until the extension is active. */
  async ready(): Promise<void> {
    await this.editor.evaluate((vscode) =>
      vscode.extensions
        .getExtension("lion-curator.lion-curator")
        ?.activate()
        .then(() => {}),
    );
  }

  /** Calls a method of the probe in the extension host. */
  probe<M extends Method>(name: M, ...args: Parameters<Probe[M]>): Promise<Awaited<ReturnType<Probe[M]>>> {
    return this.editor.evaluate(
      (_, call) => {
        const { lionProbe } = globalThis as unknown as {
          readonly lionProbe: Readonly<Record<string, (...args: readonly unknown[]) => never>>;
        };
        return lionProbe[call.name]?.(...call.args) as never;
      },
      { name: name as string, args: args as readonly unknown[] },
    );
  }
}

/** VS Code with the extension as it is packaged, but for the probe that stands before it. */
export class EditorUnderTest {
  /** Bytes of the extension's bundle. */
  readonly bundleSize: number;
  readonly #folder: string;
  readonly #server: VSCodeServer;
  readonly #browser: Browser;

  private constructor(folder: string, server: VSCodeServer, browser: Browser, size: number) {
    this.#folder = folder;
    this.#server = server;
    this.#browser = browser;
    this.bundleSize = size;
  }

  static async start(): Promise<EditorUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), "lion-editor-bench-"));
    const bridges = join(folder, "bridges");
    mkdirSync(bridges);
    const { extension, size } = await packWithProbe(folder);
    const bridge = join(folder, "bridge.vsix");
    packFolder(join(root, "test", "e2e", "bridge"), bridge, "--no-dependencies", "--skip-license");
    const server = await VSCodeServer.start({
      main: ensureCodeServer(),
      folder,
      extensions: [extension, bridge],
      settings: QUIET,
      environment: { BRIDGE_FOLDER: bridges },
    });
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    return new EditorUnderTest(folder, server, browser, size);
  }

  async open(workspace: string): Promise<MeasuredWindow> {
    const bridges = join(this.#folder, "bridges");
    const profile = await this.#browser.newContext({ viewport: { width: 1400, height: 1400 } });
    const window = await EditorWindow.open({
      page: await profile.newPage(),
      address: this.#server.address(workspace),
      nextBridge: (before) => Bridge.next(bridges, before),
      knownBridges: () => Bridge.known(bridges),
    });
    return new MeasuredWindow(window);
  }

  /** What the server and its hosts said last. */
  lastWords(): string {
    return this.#server.lastWords();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    // An extension host that is about to end may still write.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

/** Makes the package of the extension with the probe as its main file. */
async function packWithProbe(folder: string): Promise<{ extension: string; size: number }> {
  const staged = join(folder, "staged");
  mkdirSync(staged);
  stagePackage(staged, null);
  buildBundles("--production", "--outdir", join(staged, "dist"));
  await build({
    entryPoints: { probe: join(import.meta.dirname, "host", "probe.ts") },
    outdir: staged,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    outExtension: { ".js": ".cjs" },
    logLevel: "warning",
  });
  const manifest = join(staged, "package.json");
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), main: "./probe.cjs" }));
  // All that is here goes in; without this file vsce asks whether that is meant.
  writeFileSync(join(staged, ".vscodeignore"), "");
  const extension = join(folder, "probed.vsix");
  packFolder(staged, extension);
  return { extension, size: bundleSize(join(staged, "dist")) };
}
