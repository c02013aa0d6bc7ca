import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { l10n, Uri, window, workspace } from "vscode";
import { LionError } from "../../core/errors.ts";
import { CONFIG_FILE } from "../../core/project/names.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { demoCommands } from "./demo.ts";
import { type NewProjectArgument, newProject } from "./newProject.ts";
import type { CommandTable } from "./registry.ts";

/** A project's folder, absolute. */
interface FolderArgument {
  readonly folder?: string;
}

export function projectCommands(shell: Shell): CommandTable {
  return {
    ...demoCommands(shell),
    "lion.newProject": (argument?: NewProjectArgument) => newProject(shell, argument ?? {}),
    "lion.openConfig": () => openConfig(shell),
    "lion.switchProject": (argument?: FolderArgument) => switchProject(shell, argument?.folder),
    "lion.showLog": () => shell.log.show(),
  };
}

/** Opens the project file, also one that is too broken for the project to be opened. */
async function openConfig({ projects }: Shell): Promise<void> {
  const folder = projects.folder ?? projects.require().folder;
  await window.showTextDocument(await workspace.openTextDocument(Uri.file(join(folder, CONFIG_FILE))));
}

/** Makes another project of this window the open one. */
async function switchProject({ projects, prompter }: Shell, given: string | undefined): Promise<void> {
  const choices = projects.all().map(
    (folder): Choice<string> => ({
      label: pickLine(basename(folder)),
      description: pickLine(folder),
      ...(folder === projects.current?.folder && { detail: l10n.t("open now") }),
      value: folder,
    }),
  );
  if (given !== undefined && !existsSync(join(given, CONFIG_FILE))) {
    throw new LionError("input", l10n.t("There is no lion.json in {0}: choose a project's folder.", given));
  }
  const folder =
    given ??
    (await prompter.pick(choices, { title: l10n.t("Switch Project"), placeHolder: l10n.t("Which project to open?") }));
  if (folder !== undefined) {
    await projects.open(folder);
  }
}
