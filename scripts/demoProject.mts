// The ready-made project behind "Open Sandbox Demo", in dist/demo. node scripts/demoProject.mts makes it anew.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Output } from "../src/cli/output.ts";
import { installation, trainerRoot } from "../src/engine/installation.ts";
import { makeDemo } from "./demoProject/make.mts";
import { slimProject } from "./demoProject/slim.mts";

const folder = join(installation, "dist", "demo");
const marker = join(installation, "dist", "demo.sha256");

/**
 * The folder of the demo project, made when it is missing or what it depends on has changed.
 *
 * @param any takes one that is there even if it is older than the sources
 */
export async function ensureDemo({ any = false }: { readonly any?: boolean } = {}): Promise<string> {
  const wanted = any ? null : await fingerprint();
  const found = existsSync(marker) && existsSync(folder) ? readFileSync(marker, "utf8") : null;
  if (found === null || (wanted !== null && found !== wanted)) {
    await make(wanted ?? (await fingerprint()));
  }
  return folder;
}

async function make(print: string): Promise<void> {
  const output = new Output({ json: false });
  output.say("Making the demo project by a real run of the loop, about a minute …");
  const started = Date.now();
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(join(installation, "dist"), { recursive: true });
  try {
    const project = await makeDemo(partial, (event) => {
      if (event.event === "stage" && event.state === "running") {
        output.say(`  iteration ${event.iteration}: ${event.stage}`);
      }
    });
    slimProject(project);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    writeFileSync(marker, print);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  output.say(`The demo project is in ${folder} (${((Date.now() - started) / 1000).toFixed(0)} s).`);
}

/** A hash of everything that goes into the demo: the code that makes it, without comments and layout, and the trainer. */
async function fingerprint(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: installation,
    entryPoints: ["scripts/demoProject/make.mts", "scripts/demoProject/slim.mts", "src/core/sandbox/process.ts"],
    bundle: true,
    minify: true,
    write: false,
    outdir: "dist",
    platform: "node",
    format: "esm",
    packages: "external",
  });
  const hash = createHash("sha256");
  for (const { contents } of outputFiles) {
    hash.update(contents);
  }
  for (const file of globSync("lion_trainer/*.py", { cwd: trainerRoot }).sort()) {
    hash.update(readFileSync(join(trainerRoot, file)));
  }
  return hash.digest("hex");
}

if (process.argv[1] === import.meta.filename) {
  rmSync(marker, { force: true });
  await ensureDemo();
}
