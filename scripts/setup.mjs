// Installs what the project needs, once: npm packages (among them Node.js 24) and a Python environment for the trainer.
// Plain JavaScript without packages, because it runs before anything is installed, on any Node.js from 20 on.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === "win32";
const environment = join(root, ".venv");
const TORCH = "torch==2.13.0";

/** The Node.js 24 that comes as a package. */
export const node = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

/** The Python of the project's own environment. */
export const python = windows ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");

/** Ends with one sentence for the user. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function run(command, args, sentence) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: windows && command === "npm" });
  if (result.status !== 0) {
    fail(sentence);
  }
}

function modifiedAt(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/** Installs the npm packages unless they are there and as the lock file wants them. */
export function ensurePackages() {
  const installed = modifiedAt(join(root, "node_modules", ".package-lock.json"));
  if (installed >= modifiedAt(join(root, "package-lock.json")) && existsSync(node)) {
    return;
  }
  console.log("Installing the npm packages …");
  // Not `npm ci`: it refuses the lock file when a registry does not have the binaries of every other platform.
  run(
    "npm",
    ["install", "--no-save", "--loglevel=error"],
    "Installing the npm packages failed; the lines above say why.",
  );
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function systemPython() {
  const wanted = process.env.LION_PYTHON;
  const candidates = wanted ? [wanted] : ["python3.11", "python3", "python"];
  const found = candidates.find((name) => succeeds(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]));
  return (
    found ??
    fail(`Python 3.11 or newer is needed (tried ${candidates.join(", ")}): install it, or name one in LION_PYTHON.`)
  );
}

/** Makes the Python environment with torch and the trainer unless it is there and up to date. */
export function ensurePython() {
  const marker = join(environment, "ready");
  const wanted = createHash("sha256")
    .update(TORCH)
    .update(readFileSync(join(root, "trainer", "pyproject.toml")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted && succeeds(python, ["-c", "import torch"])) {
    return;
  }
  const system = systemPython();
  const options = (process.env.LION_PIP_ARGS ?? "").split(/\s+/).filter(Boolean);
  const pip = (args) =>
    run(
      python,
      ["-m", "pip", "install", "-qq", "--disable-pip-version-check", ...options, ...args],
      "Installing Python packages failed; the lines above say why (LION_PIP_ARGS passes options to pip, such as an index).",
    );
  const hasTorch = succeeds(system, ["-c", "import torch"]);
  console.log(`Making the Python environment in .venv${hasTorch ? ", with the torch that is installed" : ""} …`);
  rmSync(environment, { recursive: true, force: true });
  run(
    system,
    ["-m", "venv", ...(hasTorch ? ["--system-site-packages"] : []), environment],
    "Making a Python environment failed; on Debian and Ubuntu the package python3-venv is needed.",
  );
  // Also when there was one that the new environment does not see: the Python may belong to an environment itself.
  if (!succeeds(python, ["-c", "import torch"])) {
    console.log(`Installing ${TORCH} …`);
    pip([TORCH]);
  }
  console.log("Installing the trainer …");
  pip(["--editable", `${join(root, "trainer")}[gguf,test]`]);
  writeFileSync(marker, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensurePackages();
  ensurePython();
  console.log("Everything is installed.");
}
