import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { ensureCodeServer } from "../../scripts/vscodeServer/codeServer.mts";
import { VSCodeServer } from "../../scripts/vscodeServer/server.mts";
import { ensureChromium } from "../../scripts/vscodeServer/systemPackages.mts";
import { QUIET } from "./quiet.mts";

const LIMIT_MS = 900_000;
const TIMED_OUT = 124;

const root = resolve(import.meta.dirname, "..", "..");

/**
 * Runs the suite in VS Code as a server, in a headless browser. What a test printed is shown at the end.
 *
 * @returns the exit code: 0 when every test passed.
 */
export async function runInServer(workspace: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const executablePath = ensureChromium();
  const main = ensureCodeServer();
  // Not in the server's folder, which is gone before it is printed.
  const log = join(workspace, "..", "mocha.log");
  const server = await VSCodeServer.start({
    main,
    settings: QUIET,
    testDriver: true,
    environment: { ...environment, EXT_TEST_LOG: log },
  });
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const complaints: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const ended = new Promise<number>((resolveCode) => {
      void page.exposeFunction("codeAutomationExit", (code: number) => resolveCode(code));
      setTimeout(() => resolveCode(TIMED_OUT), LIMIT_MS).unref();
    });
    await page.exposeFunction("codeAutomationLog", (type: string, [message]: readonly unknown[]) => {
      if (type === "error") {
        complaints.push(String(message));
      }
    });
    const uri = (path: string): string => `vscode-remote://${server.authority}${path}`;
    await page.goto(
      server.address(workspace, [
        ["extensionDevelopmentPath", uri(root)],
        ["extensionTestsPath", uri(join(root, "out", "test", "suite", "index.js"))],
        ["skipWelcome", "true"],
        ["skipReleaseNotes", "true"],
      ]),
    );
    const code = await ended;
    if (code === TIMED_OUT) {
      console.error(`The suite was not through after ${LIMIT_MS / 1000} seconds.`);
    }
    return code;
  } finally {
    if (existsSync(log)) {
      process.stdout.write(readFileSync(log));
    } else {
      console.error(`No test ran.\n${complaints.join("\n")}\n${server.lastWords()}`);
    }
    await browser.close();
    await server.stop();
  }
}
