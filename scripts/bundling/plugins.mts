import { writeFile } from "node:fs/promises";
import { type Plugin, transform } from "esbuild";

/** Prints when a build begins and ends, in the words that an editor's problem matcher waits for. */
export const announce: Plugin = {
  name: "announce",
  setup(build) {
    build.onStart(() => console.log("[watch] build started"));
    build.onEnd(({ errors }) => console.log(`[watch] build finished with ${errors.length} errors`));
  },
};

/**
 * Turns the pieces of a split bundle into CommonJS: the editor wants an extension so, and only ES modules can be split.
 * An `import()` becomes a `require` that waits until it is reached.
 *
 * @param banner what stands at the top of each piece.
 */
export function asCommonJs(options: {
  readonly target: string;
  readonly minify: boolean;
  readonly banner: string;
}): Plugin {
  return {
    name: "as-common-js",
    setup(build) {
      const sourcemap = build.initialOptions.sourcemap === "inline" ? "inline" : false;
      build.initialOptions.write = false;
      build.onEnd(async ({ outputFiles = [] }) => {
        for (const { path, text } of outputFiles) {
          const supported = { "dynamic-import": false };
          const { code } = await transform(text, { ...options, sourcemap, supported, format: "cjs", platform: "node" });
          await writeFile(path, code);
        }
      });
    },
  };
}
