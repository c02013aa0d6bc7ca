import { commands, type Disposable, type Extension, l10n, workspace } from "vscode";
import { LionError, messageOf } from "../../core/errors.ts";
import type { Demand } from "../demand.ts";
import { Disposables } from "../disposables.ts";
import { NameNotGiven } from "../person.ts";
import type { Shell } from "../shell.ts";
import { hostOffers, hostProblemOf, isWorthRetrying } from "../training/hostOffers.ts";
import { inEditorWords } from "../wording.ts";
import { editorWords } from "../words.ts";

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
          await tellFailure(shell, error, { again: () => commands.executeCommand(id, ...args) });
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
 * Tells of a failure: a sentence for the user with fitting buttons, anything else also with its stack in the log.
 *
 * @param options.own the button that fits, where the error itself does not say it.
 * @param options.again does once more what has failed.
 */
export async function tellFailure(
  shell: Shell,
  error: unknown,
  { own, again }: { readonly own?: Remedy; readonly again?: () => unknown } = {},
): Promise<void> {
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
  const remedies = own ? [own] : remediesOf(error);
  const host = hostProblemOf(error);
  const tryAgain = l10n.t("Try Again");
  const retry = again && host && isWorthRetrying(host) ? [tryAgain] : [];
  const answer = await prompter.error(message, ...remedies.map(({ title }) => title), ...retry, showLog);
  if (answer === showLog) {
    log.show();
  } else if (answer === tryAgain) {
    await again?.();
  } else {
    const remedy = remedies.find(({ title }) => title === answer);
    await (remedy && commands.executeCommand(remedy.command, remedy.argument));
  }
}

/** What a button does about a failure. */
export interface Remedy {
  readonly title: string;
  readonly command: string;
  readonly argument?: unknown;
}

function remediesOf({ problem }: LionError): readonly Remedy[] {
  switch (problem?.code) {
    case "missing-key":
      return [{ title: l10n.t("Set API Key…"), command: "lion.setApiKey", argument: { origin: problem.origin } }];
    case "allowance":
      return [{ title: l10n.t("Raise Allowance…"), command: "lion.resume", argument: { raiseAllowance: true } }];
    case "ssh":
      return hostOffers(problem, editorWords());
    default:
      return [];
  }
}
