// Bundles the command line and the sandbox's process for a place without the sources.
import { build } from "esbuild";

await build({
  entryPoints: { lion: "src/cli/main.ts", sandbox: "src/core/sandbox/process.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node22",
  format: "esm",
  sourcemap: true,
  // jsonc-parser's main entry loads its parts by a require that cannot be followed; its module entry can.
  mainFields: ["module", "main"],
  external: ["better-sqlite3"],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
