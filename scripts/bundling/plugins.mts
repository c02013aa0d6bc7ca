import type { Plugin } from "esbuild";

/** Prints when a build begins and ends, in the words that an editor's problem matcher waits for. */
export const announce: Plugin = {
  name: "announce",
  setup(build) {
    build.onStart(() => console.log("[watch] build started"));
    build.onEnd(({ errors }) => console.log(`[watch] build finished with ${errors.length} errors`));
  },
};

/**
 * Leaves a package that is rarely needed to a bundle of its own, named for it, beside this one: what is not in a bundle
 * need not be parsed whenever that is loaded.
 */
export function fileOfItsOwn(name: string): Plugin {
  return {
    name: "file-of-its-own",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${name}.cjs`, external: true }));
    },
  };
}
