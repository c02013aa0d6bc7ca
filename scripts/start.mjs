// npm start: installs what is missing, runs the demo project to its end, and offers to open it in the editor.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensurePackages, ensurePython, node, root } from "./setup.mjs";

function run(script, ...args) {
  return spawnSync(node, [join(root, "scripts", script), ...args], { cwd: root, stdio: "inherit" }).status ?? 1;
}

ensurePackages();
ensurePython();
process.exitCode = run("demo.mts", ...process.argv.slice(2)) || run("editor.mts", "--offer");
