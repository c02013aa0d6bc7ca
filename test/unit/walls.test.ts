import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..", "..");
const LONGEST = 450;

/** Where a folder's imports may not lead, and why one would be tempted. */
const WALLS: ReadonlyArray<{ from: string; never: readonly string[] }> = [
  { from: "src/core", never: ["src/engine", "src/cli", "src/shell", "webview", "vscode"] },
  {
    from: "src/core/sandbox",
    never: ["src/core/referee", "src/core/generator", "src/core/models", "src/core/loop", "src/core/store"],
  },
  { from: "src/core/store", never: ["src/core/loop", "src/core/review", "src/core/sandbox", "src/core/training"] },
  { from: "src/engine", never: ["src/cli", "src/shell", "vscode"] },
  { from: "src/cli", never: ["src/shell", "vscode"] },
  { from: "src/protocol", never: ["src/core", "src/engine", "src/cli", "src/shell", "vscode"] },
  { from: "webview", never: ["src/core", "src/engine", "src/cli", "src/shell", "vscode"] },
];

/** Imports of types alone are erased and bind nothing at run time, but they still couple; only these may cross. */
const TYPES_THAT_MAY_CROSS = new Set(["src/core/project/schema.ts", "src/core/errors.ts", "src/core/loop/events.ts"]);

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
  return specifiers.map((specifier) => ({
    file,
    target: specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  }));
}

const sources = globSync("{src,webview,test,scripts}/**/*.{ts,mts,mjs}", { cwd: root }).filter(
  (file) => !file.includes("node_modules"),
);
const imports = sources.flatMap(importsOf);

describe("the walls between the folders", () => {
  for (const { from, never } of WALLS) {
    it(`${from} does not reach ${never.join(", ")}`, () => {
      const crossing = imports.filter(
        ({ file, target }) =>
          file.startsWith(`${from}/`) &&
          !TYPES_THAT_MAY_CROSS.has(target) &&
          never.some((wall) => target === wall || target.startsWith(`${wall}/`)),
      );
      assert.deepEqual(crossing, []);
    });
  }

  it("has sources to look at, and sees their imports", () => {
    assert.ok(sources.length > 50, `${sources.length} sources`);
    assert.ok(imports.some(({ target }) => target === "src/core/errors.ts"));
  });

  it("has no default exports and no file over the limit", () => {
    for (const file of [...sources, ...globSync("trainer/**/*.py", { cwd: root })]) {
      const text = readFileSync(join(root, file), "utf8");
      assert.ok(!/^export default /m.test(text), `${file} has a default export`);
      assert.ok(text.split("\n").length <= LONGEST + 1, `${file} is longer than ${LONGEST} lines`);
    }
  });

  it("gives every folder of the core a README", () => {
    for (const folder of new Set(globSync("src/core/*/*.ts", { cwd: root }).map(dirname))) {
      assert.ok(readFileSync(join(root, folder, "README.md"), "utf8").length > 50, folder);
    }
  });
});
