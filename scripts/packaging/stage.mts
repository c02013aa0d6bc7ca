import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installation } from "../../src/engine/installation.ts";
import { TARGETS, type Target } from "./targets.mts";

const LIBRARY = join("node_modules", "better-sqlite3");

/** Everything of the repository that a package holds, besides the bundles and the demo project. */
const CONTENTS = [
  "LICENSE",
  "README.md",
  "package.nls*.json",
  "l10n/*.json",
  "media/**/*.{svg,png}",
  "trainer/README.md",
  "trainer/pyproject.toml",
  "trainer/lion_trainer/*.py",
  "node_modules/better-sqlite3/LICENSE",
  "node_modules/better-sqlite3/lib/**/*.js",
];

/** What a manifest says to developers. */
const NOT_FOR_USERS = ["private", "scripts", "bin", "devDependencies", "allowScripts"];

type Manifest = Readonly<Record<string, unknown>>;

/** Copies what goes into a package for `target` (for every platform when null) into an empty folder. */
export function stagePackage(folder: string, target: Target | null): void {
  const prebuild = `node_modules/better-sqlite3/prebuilds/${target === null ? "*" : TARGETS[target]}.node`;
  for (const file of globSync([...CONTENTS, prebuild], { cwd: installation })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(installation, file), join(folder, file));
  }
  const manifest = manifestIn(installation);
  const sqlite = manifestIn(join(installation, LIBRARY));
  // The other packages are in the bundles; what this one depends on is for compiling it.
  writeManifest(folder, manifest, { "better-sqlite3": String(sqlite.version) });
  writeManifest(join(folder, LIBRARY), sqlite, {});
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function writeManifest(folder: string, manifest: Manifest, dependencies: Readonly<Record<string, string>>): void {
  const shown = Object.fromEntries(Object.entries(manifest).filter(([key]) => !NOT_FOR_USERS.includes(key)));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ ...shown, dependencies }, null, 2)}\n`);
}
