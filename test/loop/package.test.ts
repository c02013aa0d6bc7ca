import assert from "node:assert/strict";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { makePackage } from "../../scripts/package.mts";
import { TARGETS } from "../../scripts/packaging/targets.mts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { zipNames } from "../support/zipNames.ts";

const root = resolve(import.meta.dirname, "..", "..");

/** All that may be in a package; a file that fits none of these has no business there. */
const ALLOWED = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/(package\.json|package\.nls(\.[\w-]+)?\.json|readme\.md|LICENSE\.txt)$/,
  /^extension\/media\/[\w/-]+\.(svg|png)$/,
  /^extension\/dist\/(extension(-\w+-[A-Z0-9]+)?\.cjs|engine\.mjs|lion\.mjs|sandbox\.mjs|lion\.schema\.json|ThirdPartyNotices\.txt)$/,
  /^extension\/dist\/webview\/[\w-]+\.(js|css)$/,
  /^extension\/dist\/l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^extension\/dist\/demo\/lion\.json$/,
  /^extension\/trainer\/(README\.md|pyproject\.toml|lion_trainer\/\w+\.py)$/,
  /^extension\/node_modules\/better-sqlite3\/(LICENSE|package\.json|lib\/[\w./-]+\.js|prebuilds\/[\w-]+\.node)$/,
];

/** What the extension cannot work without. */
const NEEDED = [
  "package.json",
  "dist/extension.cjs",
  "dist/engine.mjs",
  "dist/lion.mjs",
  "dist/sandbox.mjs",
  "dist/lion.schema.json",
];

describe("the package", () => {
  it("holds what the extension needs, for every platform, and nothing else", (context) => {
    const out = temporaryFolder(context);
    const demo = join(out, "demo");
    mkdirSync(demo);
    writeFileSync(join(demo, "lion.json"), "{}");
    const names = [...zipNames(makePackage({ target: null, demo, out })).keys()];
    assert.deepEqual(
      names.filter((name) => !ALLOWED.some((pattern) => pattern.test(name))),
      [],
    );
    const prebuilds = Object.values(TARGETS).map((name) => `node_modules/better-sqlite3/prebuilds/${name}.node`);
    const trainer = globSync("trainer/lion_trainer/*.py", { cwd: root });
    assert.ok(names.some((name) => name.startsWith("extension/dist/extension-onDemand-")));
    for (const name of [...NEEDED, ...prebuilds, ...trainer, "dist/demo/lion.json"]) {
      assert.ok(names.includes(`extension/${name}`), name);
    }
  });

  it("holds one platform's library when it is made for one", (context) => {
    const file = makePackage({ target: "alpine-x64", demo: null, out: temporaryFolder(context) });
    assert.match(file, /lion-curator-alpine-x64-[\d.]+\.vsix$/);
    const natives = [...zipNames(file).keys()].filter((name) => name.endsWith(".node"));
    assert.deepEqual(natives, ["extension/node_modules/better-sqlite3/prebuilds/linuxmusl-x64.node"]);
  });
});
