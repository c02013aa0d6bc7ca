#!/usr/bin/env node
// Starts the command line under a Node.js that can open the database: this one, or the one that comes as a package.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, "dist", "lion.mjs");
const source = join(root, "src", "cli", "main.ts");
const entry = existsSync(source) ? source : bundle;

if (Number(process.versions.napi) >= 10 && Number.parseInt(process.versions.node, 10) >= 24) {
  process.argv[1] = entry;
  await import(entry);
} else {
  const packaged = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(packaged)) {
    console.error(
      `Node.js 24 is needed and this is ${process.version}: run \`npm ci\` in ${root}, which brings it, or use a newer Node.js.`,
    );
    process.exit(1);
  }
  // The child is the process a signal is meant for; its exit code is ours. It ends when the channel to us does, so that
  // killing us kills it.
  const child = spawn(packaged, [entry, ...process.argv.slice(2)], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
