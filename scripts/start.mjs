// npm start: installs what is missing and runs the demo project to its end.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensurePackages, ensurePython, node, root } from "./setup.mjs";

ensurePackages();
ensurePython();
const { status } = spawnSync(node, [join(root, "scripts", "demo.mts"), ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
