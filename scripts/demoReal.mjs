// npm run demo:real: one iteration on real text, with a real student of 135 million parameters. Installs what is missing.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureStudent, recordedSet } from "./realStudent.mjs";
import { ensurePackages, ensurePython, node, root } from "./setup.mjs";

const set = recordedSet();
ensurePackages();
ensurePython();
const { status } = spawnSync(node, [join(root, "scripts", "demoReal.mts"), set, ensureStudent()], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
