// Bundles everything that runs without the sources: the extension, its processes, the command line and the webviews.
// node esbuild.mjs [--production] [--watch] [--tests] [--outdir DIR]
import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, context } from "esbuild";
import { writeNotices } from "./scripts/bundling/notices.mts";
import { announce, asCommonJs } from "./scripts/bundling/plugins.mts";
import { writeStrings } from "./scripts/strings.mts";
import { projectJsonSchema } from "./src/core/project/jsonSchema.ts";

const root = import.meta.dirname;

/** VS Code 1.101, the oldest that is supported, has Node.js 22 and Chromium 134. */
const NODE = "node22";
const BROWSER = "chrome134";

const { values } = parseArgs({
  options: {
    production: { type: "boolean", default: false },
    watch: { type: "boolean", default: false },
    /** Adds the suite that runs inside the editor, in out/. */
    tests: { type: "boolean", default: false },
    outdir: { type: "string", default: "dist" },
  },
});
const outdir = resolve(root, values.outdir);

const common = {
  absWorkingDir: root,
  bundle: true,
  outdir,
  minify: values.production,
  sourcemap: !values.production,
  metafile: true,
  logLevel: "warning",
  plugins: values.watch ? [announce] : [],
};
// jsonc-parser's main entry loads its parts by a require that cannot be followed; its module entry can.
const node = { ...common, platform: "node", target: NODE, mainFields: ["module", "main"] };
// Modules in a CommonJS bundle know where they are as they do in an ES module.
const place = {
  define: {
    "import.meta.url": "lionBundleUrl",
    "import.meta.dirname": "__dirname",
    "import.meta.filename": "__filename",
  },
  banner: { js: 'const lionBundleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

const bundles = [
  {
    ...node,
    define: place.define,
    // What activation does not need is loaded by an import() where it is needed, from a file of its own.
    entryPoints: { extension: "src/extension.ts" },
    splitting: true,
    chunkNames: "extension-[name]-[hash]",
    format: "esm",
    sourcemap: values.production ? false : "inline",
    external: ["vscode", "better-sqlite3"],
    outExtension: { ".js": ".cjs" },
    plugins: [...common.plugins, asCommonJs({ target: NODE, minify: values.production, banner: place.banner.js })],
  },
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
];
const suite = {
  ...node,
  ...place,
  entryPoints: ["test/suite/**/*.ts"],
  format: "cjs",
  external: ["vscode", "better-sqlite3", "mocha"],
  outdir: join(root, "out", "test", "suite"),
};

mkdirSync(outdir, { recursive: true });
// Their names say what is in them, so that those of an earlier build stay beside the new ones.
for (const piece of globSync("extension-*.cjs", { cwd: outdir })) {
  rmSync(join(outdir, piece));
}
writeFileSync(join(outdir, "lion.schema.json"), `${JSON.stringify(projectJsonSchema(), null, 2)}\n`);
writeStrings(root, join(outdir, "l10n"));
if (values.watch) {
  for (const options of bundles) {
    await (await context(options)).watch();
  }
} else {
  const built = await Promise.all(bundles.map((options) => build(options)));
  writeNotices(
    root,
    join(outdir, "ThirdPartyNotices.txt"),
    built.map(({ metafile }) => metafile),
  );
  if (values.tests) {
    await build(suite);
    // The package is one of ES modules; what the editor's test host requires is not.
    writeFileSync(join(root, "out", "package.json"), '{ "type": "commonjs" }\n');
  }
}
