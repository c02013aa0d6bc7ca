// npm run package [-- --target linux-x64] [-- --targets] [-- --without-demo | --any-demo] [-- --out FOLDER]
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { LionError, messageOf } from "../src/core/errors.ts";
import { installation } from "../src/engine/installation.ts";
import { buildBundles } from "./build.mts";
import { bundleSize } from "./bundling/bundleSize.mts";
import { ensureDemo } from "./demoProject.mts";
import { stagePackage } from "./packaging/stage.mts";
import { isTarget, TARGETS, type Target } from "./packaging/targets.mts";
import { packFolder } from "./packaging/vsce.mts";

const LARGEST_BUNDLE = 1.5e6;

interface Options {
  /** For one platform; for all of them when null. */
  readonly target: Target | null;
  /** The folder with the demo project; none goes in when null. */
  readonly demo: string | null;
  /** The folder that the package is written to. */
  readonly out: string;
}

/**
 * Makes a VSIX and returns its path. Everything is gathered in a temporary folder, so that nothing superfluous gets in.
 *
 * @throws LionError when the extension's bundle has become too large.
 */
export function makePackage({ target, demo, out }: Options): string {
  const folder = mkdtempSync(join(tmpdir(), "lion-package-"));
  try {
    stagePackage(folder, target);
    buildBundles("--production", "--outdir", join(folder, "dist"));
    const size = bundleSize(join(folder, "dist"));
    if (size > LARGEST_BUNDLE) {
      throw new LionError("environment", `The extension's bundle has ${size} bytes and may have ${LARGEST_BUNDLE}.`);
    }
    if (demo !== null) {
      cpSync(demo, join(folder, "dist", "demo"), { recursive: true });
    }
    // All that is here goes in; without this file vsce asks whether that is meant.
    writeFileSync(join(folder, ".vscodeignore"), "");
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    mkdirSync(out, { recursive: true });
    const packagePath = join(out, `${name}-${target === null ? "" : `${target}-`}${version}.vsix`);
    packFolder(folder, packagePath, ...(target === null ? [] : ["--target", target]));
    return packagePath;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: "string", multiple: true, default: [] },
      targets: { type: "boolean", default: false },
      "without-demo": { type: "boolean", default: false },
      "any-demo": { type: "boolean", default: false },
      out: { type: "string", default: "." },
    },
  });
  const wanted = values.targets ? Object.keys(TARGETS) : values.target;
  const unknown = wanted.find((target) => !isTarget(target));
  if (unknown !== undefined) {
    throw new LionError("input", `There is no target ${unknown}: name one of ${Object.keys(TARGETS).join(", ")}.`);
  }
  const demo = values["without-demo"] ? null : await ensureDemo({ any: values["any-demo"] });
  const targets = wanted.length === 0 ? [null] : wanted.filter(isTarget);
  for (const target of targets) {
    const file = makePackage({ target, demo, out: resolve(installation, values.out) });
    console.log(`${relative(process.cwd(), file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    await main();
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
