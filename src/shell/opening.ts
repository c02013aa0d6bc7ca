import { isAbsolute, relative } from "node:path";
import { commands, l10n, Uri, workspace } from "vscode";
import type { Choice } from "./prompter.ts";
import type { Shell } from "./shell.ts";
import { pickLine } from "./trees/text.ts";

/** How a project's folder comes into a window. */
export type Opening = "here" | "newWindow" | "addToWorkspace";

/** Whether a project in a folder belongs to this window as it is: the folder is open, or lies directly in one that is. */
export function isInWindow(folder: string): boolean {
  return (workspace.workspaceFolders ?? []).some(({ uri }) => {
    const path = relative(uri.fsPath, folder);
    return uri.scheme === "file" && !path.startsWith("..") && !isAbsolute(path) && path.split(/[\\/]/).length === 1;
  });
}

/**
 * Asks how a folder should be opened. A window without a folder takes it at once, and one that has it does nothing.
 * Undefined when the person cancelled.
 */
export async function askOpening({ prompter }: Shell, title: string, folder: string): Promise<Opening | undefined> {
  if (isInWindow(folder) || (workspace.workspaceFolders ?? []).length === 0) {
    return "here";
  }
  return prompter.pick(openingChoices(), {
    title,
    placeHolder: l10n.t("Where should {0} be opened?", pickLine(folder)),
  });
}

export function openingChoices(): Array<Choice<Opening>> {
  return [
    { label: l10n.t("Open in New Window"), value: "newWindow" },
    { label: l10n.t("Open in This Window"), description: l10n.t("closes the folder that is open"), value: "here" },
    { label: l10n.t("Add to This Workspace"), value: "addToWorkspace" },
  ];
}

/** Makes a project the current one: of this window where its folder belongs to it, else of a window that opens it. */
export async function openProjectFolder({ projects }: Shell, folder: string, opening: Opening): Promise<void> {
  if (isInWindow(folder)) {
    await projects.open(folder);
    return;
  }
  const uri = Uri.file(folder);
  if (opening === "addToWorkspace") {
    workspace.updateWorkspaceFolders(workspace.workspaceFolders?.length ?? 0, 0, { uri });
    await projects.open(folder);
    return;
  }
  const isHere = opening === "here";
  await commands.executeCommand("vscode.openFolder", uri, { forceReuseWindow: isHere, forceNewWindow: !isHere });
}
