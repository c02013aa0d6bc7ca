import { l10n, window, workspace } from "vscode";
import { greetDemo, rememberGreeting } from "../demoGreeting.ts";
import { bindServedStudent, canTrain, copyDemo, freeDemoFolder } from "../demoProject.ts";
import { askOpening, type Opening, openingChoices, openProjectFolder } from "../opening.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

interface DemoArgument {
  /** Empty or not there yet, absolute. A new one in the extension's own storage when only `openHere` is given. */
  readonly folder?: string;
  /** Whether this window opens it, or a new one. Asked for when both are left out. */
  readonly openHere?: boolean;
}

export function demoCommands(shell: Shell): CommandTable {
  return { "lion.openSandboxDemo": (argument?: DemoArgument) => openSandboxDemo(shell, argument ?? {}) };
}

/** Where the demo's files go, and how they are opened. */
interface Place {
  readonly folder: string;
  readonly opening: Opening;
}

/** Copies the ready-made project and opens it. Returns its folder; undefined when the person cancelled. */
async function openSandboxDemo(shell: Shell, argument: DemoArgument): Promise<string | undefined> {
  requireTrust();
  const { installation, context } = shell;
  const place = await placeFor(shell, argument);
  if (!place) {
    return undefined;
  }
  const { folder, opening } = place;
  const [trains] = await Promise.all([canTrain(installation.trainer, folder), copyDemo(installation.demo, folder)]);
  if (!trains) {
    await bindServedStudent(folder);
  }
  await rememberGreeting(context, folder, trains ? "trains" : "served");
  await openProjectFolder(shell, folder, opening);
  void greetDemo(shell);
  return folder;
}

/** A window without a folder takes the demo at once; elsewhere a person says where it goes. */
async function placeFor(shell: Shell, { folder, openHere }: DemoArgument): Promise<Place | undefined> {
  const title = l10n.t("Open Sandbox Demo");
  const ownFolder = freeDemoFolder(shell.context.globalStorageUri.fsPath);
  if (openHere !== undefined) {
    return { folder: folder ?? ownFolder, opening: openHere ? "here" : "newWindow" };
  }
  if (folder !== undefined) {
    return placeWith(folder, await askOpening(shell, title, folder));
  }
  if ((workspace.workspaceFolders ?? []).length === 0) {
    return { folder: ownFolder, opening: "here" };
  }
  const choices: Array<Choice<Opening | "chosen">> = [
    ...openingChoices(),
    { label: l10n.t("Choose a Folder…"), description: l10n.t("instead of {0}", pickLine(ownFolder)), value: "chosen" },
  ];
  const chosen = await shell.prompter.pick(choices, { title, placeHolder: l10n.t("Where should the demo be opened?") });
  if (chosen !== "chosen") {
    return placeWith(ownFolder, chosen);
  }
  const other = await chosenFolder();
  return other === undefined ? undefined : placeWith(other, await askOpening(shell, title, other));
}

function placeWith(folder: string, opening: Opening | undefined): Place | undefined {
  return opening && { folder, opening };
}

async function chosenFolder(): Promise<string | undefined> {
  const [uri] =
    (await window.showOpenDialog({
      title: l10n.t("An Empty Folder for the Demo Project"),
      openLabel: l10n.t("Use This Folder"),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri?.fsPath;
}
