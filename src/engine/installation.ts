import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this installation's parts are: the bundles lie in its `dist`, the sources in its `src`. */

const here = dirname(fileURLToPath(import.meta.url));
const isBundle = !import.meta.url.endsWith(".ts");

/** The folder of this installation. */
export const installation = isBundle ? dirname(here) : dirname(dirname(here));

/** The folder with the Python package of the trainer. */
export const trainerRoot = join(installation, "trainer");

/** How this installation starts the sandbox's process. */
export const sandboxEntry: readonly string[] = [
  isBundle ? join(here, "sandbox.mjs") : join(installation, "src", "core", "sandbox", "process.ts"),
];

/** How this installation starts an engine's process. */
export const engineEntry: readonly string[] = [
  isBundle ? join(here, "engine.mjs") : join(installation, "src", "engine", "process.ts"),
];
