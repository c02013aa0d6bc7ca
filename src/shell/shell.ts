import type { ExtensionContext, LogOutputChannel } from "vscode";
import type { ShownTexts } from "./documents/shownTexts.ts";
import type { Keys } from "./keys.ts";
import type { Projects } from "./projects.ts";
import type { Prompter } from "./prompter.ts";

/** Where the installed extension's files are. Paths are absolute. */
export interface Installation {
  readonly root: string;
  /** The folder with the Python package `lion_trainer`. */
  readonly trainer: string;
  /** The ready-made project that Open Sandbox Demo copies. */
  readonly demo: string;
  /** The scripts of the engine's and the sandbox's processes. */
  readonly engine: string;
  readonly sandbox: string;
}

/** The services that commands, trees, panels and tasks are built from. */
export interface Shell {
  readonly context: ExtensionContext;
  readonly installation: Installation;
  readonly log: LogOutputChannel;
  readonly prompter: Prompter;
  readonly keys: Keys;
  readonly projects: Projects;
  readonly texts: ShownTexts;
}
