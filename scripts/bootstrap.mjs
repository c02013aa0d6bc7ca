// Runs a script of this project, on a machine that may have nothing yet: node scripts/bootstrap.mjs SCRIPT [ARGUMENTS]
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { ensurePackages, ensurePython, node, python, root } from "./setup.mjs";

const [script = "", ...args] = process.argv.slice(2);
ensurePackages();
if (!args.includes("--without-demo")) {
  // The demo project is made by a real run, with a student that is really trained.
  ensurePython();
}
const child = spawn(node, [resolve(root, script), ...args], {
  cwd: root,
  stdio: "inherit",
  env: {
    LION_PYTHON: python,
    ...process.env,
    PATH: `${join(node, "..")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
  },
});
// The child hears a terminal's Ctrl+C itself and ends in good order; this process waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
