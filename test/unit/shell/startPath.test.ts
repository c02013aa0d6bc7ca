import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..", "..", "..");

/** Packages that take long to load and that nothing needs before somebody asks for it. */
const NOT_AT_THE_START = ["openai", "@observablehq/plot", "lit", "commander"];

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
    assert.ok(loaded.has("vscode") && loaded.has("src/core/browse/poolBrowser.ts"));
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
