// npm run demo:host: a real student trained by the published command on a host reached by ssh. Installs what is missing.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureStudent, recordedSet } from "./realStudent.mjs";
import { ensurePackages, ensurePython, node, python, root } from "./setup.mjs";

const set = recordedSet();
ensurePackages();
ensurePython();
const script = join(root, "scripts", "demoHost.mts");
const { status } = spawnSync(node, [script, set, ensureStudent(), python, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
