// npm run editor [-- FOLDER]: VS Code with this extension, on the demo project. `--offer` asks first, where there is
// somebody to ask and a desktop to open it on, and else names the command.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { messageOf } from "../src/core/errors.ts";
import { installation } from "../src/engine/installation.ts";
import { ensureDemo } from "./demoProject.mts";
import { serveToBrowser } from "./editor/browser.mts";
import { hasDesktop, openOnDesktop } from "./editor/desktop.mts";
import { makePackage } from "./package.mts";

/** Where `npm start` leaves its project, too. */
const PROJECT = join(installation, "demo");

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { offer: { type: "boolean" } } });
  if (values.offer && !(await isWanted())) {
    console.log("`npm run editor` opens the project in VS Code.");
    return;
  }
  const demo = await ensureDemo();
  const folder = resolve(positionals[0] ?? PROJECT);
  if (positionals.length === 0 && !existsSync(join(PROJECT, "lion.json"))) {
    cpSync(demo, PROJECT, { recursive: true });
  }
  const out = mkdtempSync(join(tmpdir(), "lion-editor-"));
  try {
    const extension = makePackage({ target: null, demo, out });
    if (hasDesktop()) {
      openOnDesktop(folder, extension);
    } else {
      console.log("There is no VS Code to open on a screen here; code-server shows it in a browser instead.");
      await serveToBrowser(folder, extension);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || !hasDesktop()) {
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("\nOpen the project in VS Code? [Y/n] ");
  terminal.close();
  return !/^n/i.test(answer.trim());
}

try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
