// Bundles everything that runs without the sources: the extension, its processes, the command line and the webviews.
// node esbuild.mjs [--production] [--watch] [--tests] [--outdir DIR]
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build as bundle, context } from "esbuild";
import { writeStrings } from "./scripts/strings.mts";

const root = import.meta.dirname;

/** VS Code 1.101, the oldest that is supported, has Node.js 22 and Chromium 134. */
const NODE = "node22";
const BROWSER = "chrome134";

/** Modules in a CommonJS bundle know where they are as they do in an ES module. */
const WHEREABOUTS = {
  define: {
    "import.meta.url": "lionBundleUrl",
    "import.meta.dirname": "__dirname",
    "import.meta.filename": "__filename",
  },
  banner: { js: 'const lionBundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** Prints when a build begins and ends, in the words that an editor's problem matcher waits for. */
const announce = {
  name: "announce",
  setup(build) {
    build.onStart(() => console.log("[watch] build started"));
    build.onEnd(({ errors }) => console.log(`[watch] build finished with ${errors.length} errors`));
  },
};

/** @param {{ outdir: string, production: boolean, tests: boolean }} options */
function bundles({ outdir, production, tests }) {
  const common = {
    absWorkingDir: root,
    bundle: true,
    outdir,
    minify: production,
    sourcemap: !production,
    // What a VSIX carries is text by other people, too: their notices go beside the bundles.
    legalComments: production ? "linked" : "none",
    logLevel: "warning",
  };
  // jsonc-parser's main entry loads its parts by a require that cannot be followed; its module entry can.
  const node = { ...common, platform: "node", target: NODE, mainFields: ["module", "main"] };
  const commonJs = { ...node, format: "cjs", external: ["vscode", "better-sqlite3", "mocha"], ...WHEREABOUTS };
  return [
    { ...commonJs, entryPoints: { extension: "src/extension.ts" }, outExtension: { ".js": ".cjs" } },
    {
      ...node,
      entryPoints: { lion: "src/cli/main.ts", engine: "src/engine/process.ts", sandbox: "src/core/sandbox/process.ts" },
      format: "esm",
      external: ["better-sqlite3"],
      outExtension: { ".js": ".mjs" },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    },
    {
      ...common,
      entryPoints: Object.fromEntries(
        globSync("webview/*/main.ts", { cwd: root }).map((file) => [`webview/${basename(dirname(file))}`, file]),
      ),
      platform: "browser",
      target: BROWSER,
      format: "esm",
    },
    ...(tests
      ? [{ ...commonJs, entryPoints: ["test/suite/**/*.ts"], outdir: join(root, "out", "test", "suite") }]
      : []),
  ].map(withExistingEntries);
}

function withExistingEntries(options) {
  if (Array.isArray(options.entryPoints)) {
    return options;
  }
  const found = Object.entries(options.entryPoints).filter(([, file]) => existsSync(join(root, file)));
  return { ...options, entryPoints: Object.fromEntries(found) };
}

/** Writes the schema that the manifest names for `lion.json`. */
async function writeSchema(outdir) {
  const { projectJsonSchema } = await import("./src/core/project/jsonSchema.ts");
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, "lion.schema.json"), `${JSON.stringify(projectJsonSchema(), null, 2)}\n`);
}

/**
 * Builds everything once.
 *
 * @param {{ outdir?: string, production?: boolean, tests?: boolean }} options `outdir` is dist by default, `tests` adds
 * the suite that runs inside the editor (in out/).
 */
export async function build({ outdir = join(root, "dist"), production = false, tests = false } = {}) {
  await writeSchema(outdir);
  writeStrings(root, join(outdir, "l10n"));
  await Promise.all(bundles({ outdir, production, tests }).map((options) => bundle(options)));
  if (tests) {
    // The package is one of ES modules; what the editor's test host requires is not.
    writeFileSync(join(root, "out", "package.json"), '{ "type": "commonjs" }\n');
  }
}

async function watch(options) {
  await writeSchema(options.outdir);
  writeStrings(root, join(options.outdir, "l10n"));
  for (const each of bundles(options)) {
    await (await context({ ...each, plugins: [announce] })).watch();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      production: { type: "boolean", default: false },
      watch: { type: "boolean", default: false },
      tests: { type: "boolean", default: false },
      outdir: { type: "string", default: "dist" },
    },
  });
  const options = { ...values, outdir: resolve(root, values.outdir) };
  await (values.watch ? watch(options) : build(options));
}
