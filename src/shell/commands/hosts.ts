import { l10n, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import { acceptHostKey, hostKeyOf } from "../../core/training/ssh/hostKeys.ts";
import { shared, sshArgv, sshSettings } from "../../core/training/ssh/sshCommand.ts";
import { withProgress } from "../progress.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { oneLine, pickLine } from "../trees/text.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { textOf } from "./targets.ts";

/** Reaching the hosts that targets name. Both take `{host}` or `{target}`, and ask which one else. */
export function hostCommands(shell: Shell): CommandTable {
  return {
    "lion.acceptHostKey": (argument?: unknown) => acceptKey(shell, argument),
    "lion.openJobTerminal": (argument?: unknown) => openTerminal(shell, argument),
  };
}

/**
 * Shows the key of a host that is not known yet, and remembers it when a person says that it is the right one. True when
 * it was accepted.
 */
async function acceptKey(shell: Shell, argument: unknown): Promise<boolean> {
  requireTrust();
  const host = await hostOf(shell, argument);
  if (host === undefined) {
    return false;
  }
  const environment = process.env;
  const key = await withProgress(
    l10n.t("Asking {0} for its key", host),
    () => hostKeyOf({ host, environment }),
    (message) => void shell.prompter.inform(message),
  );
  if (!key) {
    return false;
  }
  const accept = l10n.t("Accept This Key");
  const answer = await shell.prompter.decide(
    l10n.t("Is this the key of {0}?", oneLine(key.host)),
    [
      ...key.fingerprints.map((fingerprint) => l10n.t("{0} (unverified)", oneLine(fingerprint, 200))),
      "",
      l10n.t(
        "Compare it with what the host’s administrator says: nothing else can tell whether somebody stands in between. It is added to the file of hosts that ssh knows; nothing has been sent to the host yet.",
      ),
    ].join("\n"),
    accept,
  );
  if (answer !== accept) {
    return false;
  }
  await acceptHostKey({ host: key.host, environment }, key.fingerprints);
  void shell.prompter.inform(l10n.t("The key of {0} is known from now on.", oneLine(key.host)));
  return true;
}

/**
 * Opens a terminal with `ssh HOST`, for what a person has to type: a passphrase, a password, a code. While it is open, and
 * a minute longer, jobs use its connection.
 */
async function openTerminal(shell: Shell, argument: unknown): Promise<void> {
  requireTrust();
  const host = await hostOf(shell, argument);
  if (host === undefined) {
    return;
  }
  const settings = sshSettings(process.env);
  const options = shared(settings, host);
  const [shellPath, ...shellArgs] = sshArgv(settings, options, host, []);
  window.createTerminal({ name: `ssh ${oneLine(host, 40)}`, ...(shellPath && { shellPath }), shellArgs }).show();
}

/** The host that is meant: the given one, that of the target given or clicked, else the one that a person picks. */
async function hostOf(shell: Shell, argument: unknown): Promise<string | undefined> {
  const given = textOf(argument, "host");
  if (given !== undefined) {
    return given;
  }
  const { targets } = shell.projects.require().project.config;
  const hosts = Object.entries(targets).flatMap(([target, config]) =>
    config.kind === "local" || config.host === undefined
      ? []
      : [config.host, ...(config.kind === "ssh" ? config.nodes : [])].map((host) => ({ target, host })),
  );
  const named = textOf(argument, "target");
  const meant = named === undefined ? hosts : hosts.filter(({ target }) => target === named);
  if (meant.length === 0) {
    throw new LionError(
      "input",
      named === undefined
        ? l10n.t("No target of this project is reached by ssh: add one with “Lion: Add Training Target…”.")
        : l10n.t("The target {0} is not reached by ssh.", named),
    );
  }
  if (meant.length === 1) {
    return meant[0]?.host;
  }
  const choices = meant.map(
    ({ target, host }): Choice<string> => ({ label: pickLine(host), description: pickLine(target), value: host }),
  );
  return shell.prompter.pick(choices, { title: l10n.t("Training Target"), placeHolder: l10n.t("Which host?") });
}
