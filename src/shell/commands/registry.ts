import { commands, type Disposable, type Extension, l10n, workspace } from "vscode";
import { LionError, messageOf } from "../../core/errors.ts";
import type { Demand } from "../demand.ts";
import { Disposables } from "../disposables.ts";
import { NameNotGiven } from "../person.ts";
import type { Shell } from "../shell.ts";
import { inEditorWords } from "../wording.ts";

/** Commands by their ids. */
export type CommandTable = Readonly<Record<string, (...args: never[]) => unknown>>;

/** @throws LionError in a folder that is not trusted, where data is shown and nothing else is done. */
export function requireTrust(): void {
  if (!workspace.isTrusted) {
    throw new LionError(
      "input",
      l10n.t(
        "This folder is not trusted, so Lion only shows its data: trust it with “Workspaces: Manage Workspace Trust”.",
      ),
    );
  }
}

/** Registers the manifest's commands so that whatever goes wrong in one is told once, with what can be done about it. */
export function registerCommands(shell: Shell, onDemand: Demand): Disposable {
  const disposables = new Disposables();
  for (const id of declaredCommands(shell.context.extension)) {
    disposables.add(
      commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          // One that is used while the window starts is about the project that is just being opened.
          await shell.projects.started;
          const { [id]: handler } = (await onDemand()).commands;
          if (!handler) {
            throw new Error(`nothing carries out ${id}`);
          }
          return await (handler as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          await tellFailure(shell, error);
          return undefined;
        }
      }),
    );
  }
  return disposables;
}

function declaredCommands({ packageJSON }: Extension<unknown>): string[] {
  const { contributes } = packageJSON as { contributes: { commands: ReadonlyArray<{ readonly command: string }> } };
  return contributes.commands.map(({ command }) => command);
}

/**
 * Tells of a failure: a sentence for the user with a fitting button, anything else also with its stack in the log.
 *
 * @param own the button that fits, where the error itself does not say it.
 */
export async function tellFailure(shell: Shell, error: unknown, own: Remedy | null = null): Promise<void> {
  const { log, prompter } = shell;
  const showLog = l10n.t("Show Log");
  if (!(error instanceof LionError)) {
    log.error(error instanceof Error ? error : String(error));
    const message = l10n.t("Lion failed unexpectedly: {0}. Nothing stored is harmed.", messageOf(error));
    if ((await prompter.error(message, showLog)) === showLog) {
      log.show();
    }
    return;
  }
  const message = inEditorWords(error.message);
  if (error instanceof NameNotGiven) {
    // They pressed Escape and know it.
    log.info(message);
    return;
  }
  log.error(message);
  const remedy = own ?? remedyOf(error);
  const answer = await prompter.error(message, ...(remedy ? [remedy.title, showLog] : [showLog]));
  if (answer === showLog) {
    log.show();
  } else if (remedy && answer === remedy.title) {
    await commands.executeCommand(remedy.command, remedy.argument);
  }
}

/** What a button does about a failure. */
export interface Remedy {
  readonly title: string;
  readonly command: string;
  readonly argument?: unknown;
}

function remedyOf({ problem }: LionError): Remedy | null {
  switch (problem?.code) {
    case "missing-key":
      return { title: l10n.t("Set API Key…"), command: "lion.setApiKey", argument: { origin: problem.origin } };
    case "allowance":
      return { title: l10n.t("Raise Allowance…"), command: "lion.resume", argument: { raiseAllowance: true } };
    default:
      return null;
  }
}
