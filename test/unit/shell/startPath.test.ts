import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..", "..", "..");

/** Packages that take long to load, and that are not needed to open a project. */
const NOT_AT_THE_START = ["openai", "@observablehq/plot", "lit", "commander", "simple-statistics"];

/** What opening a project needs and activation, for which the editor waits, does not. */
const NOT_AT_ACTIVATION = [
  ...["zod", "jsonc-parser", "better-sqlite3"],
  ...["src/core/store/schema.ts", "src/core/project/schema.ts", "src/shell/projectSession.ts", "src/shell/onDemand.ts"],
];

/** Everything that is loaded with a file: what it imports and is no type, and what that imports. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) {
    return seen;
  }
  seen.add(file);
  if (file.endsWith(".ts")) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, what = "", target = ""] of text.matchAll(/^import ([^;]*?)from "([^"]+)";/gms)) {
      if (!what.startsWith("type ")) {
        loadedWith(target.startsWith(".") ? relative(root, resolve(root, dirname(file), target)) : target, seen);
      }
    }
  }
  return seen;
}

describe("activation", () => {
  const loaded = loadedWith("src/extension.ts");

  it("loads what it needs", () => {
    assert.ok(loaded.has("vscode") && loaded.has("src/shell/trees/liveView.ts"));
  });

  for (const name of [...NOT_AT_THE_START, ...NOT_AT_ACTIVATION]) {
    it(`does not load ${name}`, () => {
      assert.ok(!loaded.has(name));
    });
  }
});

describe("opening a project", () => {
  const loaded = loadedWith("src/shell/projectSession.ts");

  it("loads what it needs", () => {
    assert.ok(loaded.has("zod") && loaded.has("src/core/browse/poolBrowser.ts"));
  });

  for (const name of NOT_AT_THE_START) {
    it(`does not load ${name}`, () => {
      assert.ok(!loaded.has(name));
    });
  }

  it("does not load the loop, which runs in the engine's process", () => {
    for (const file of ["src/core/loop/loop.ts", "src/core/models/asker.ts", "src/core/pool/exporting.ts"]) {
      assert.ok(!loaded.has(file), file);
    }
  });
});
