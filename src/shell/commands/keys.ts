import { l10n } from "vscode";
import { LionError } from "../../core/errors.ts";
import { isPrivateWay, type OriginUse, originUses } from "../config/origins.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** The origin (`https://host:port`) whose key is meant; asked for when it is left out. */
interface KeyArgument {
  readonly origin?: string;
}

export function keyCommands(shell: Shell): CommandTable {
  return {
    "lion.setApiKey": (argument?: KeyArgument) => setApiKey(shell, argument?.origin),
    "lion.clearApiKey": (argument?: KeyArgument) => clearApiKey(shell, argument?.origin),
  };
}

/** Asks for a key and files it under its origin. True when it was stored. */
async function setApiKey(shell: Shell, origin: string | undefined): Promise<boolean> {
  requireTrust();
  const { project } = shell.projects.require();
  const use = await chosenUse(shell, originUses(project.config), origin);
  if (!use) {
    return false;
  }
  if (!isPrivateWay(use.origin)) {
    const isSure = await shell.prompter.confirm(
      l10n.t("Send a key to {0} without encryption?", use.origin),
      l10n.t("Go On Without Encryption"),
      l10n.t(
        "The address begins with http:, so that everybody between this machine and {0} can read the key.",
        use.origin,
      ),
    );
    if (!isSure) {
      return false;
    }
  }
  const key = await shell.prompter.text({
    title: l10n.t("API Key for {0}", use.origin),
    prompt: l10n.t(
      "Sent to {0} and to no other host; used by {1}. Kept in the editor's secret storage, never in the project.",
      use.origin,
      profilesText(use),
    ),
    password: true,
    validate: (text) => (text.trim() === "" ? l10n.t("Paste the key, or press Escape to leave it as it is.") : null),
  });
  if (key === undefined) {
    return false;
  }
  await shell.keys.set(use.origin, key);
  void shell.prompter.inform(l10n.t("The key for {0} is stored.", use.origin));
  return true;
}

async function chosenUse(
  { prompter, keys }: Shell,
  uses: readonly OriginUse[],
  origin: string | undefined,
): Promise<OriginUse | undefined> {
  if (origin !== undefined) {
    const use = uses.find((one) => one.origin === origin);
    if (!use) {
      throw new LionError(
        "input",
        l10n.t("No profile of the project uses {0}: save lion.json, or name that endpoint in a profile first.", origin),
      );
    }
    return use;
  }
  const [only, ...others] = uses;
  if (!only) {
    throw new LionError(
      "input",
      l10n.t(
        "No profile of the project has an endpoint that takes a key: add one with “Lion: Choose Model for Role…”.",
      ),
    );
  }
  if (others.length === 0) {
    return only;
  }
  const stored = await keys.origins();
  const choices = uses.map(
    (use): Choice<OriginUse> => ({
      label: use.origin,
      description: stored.includes(use.origin)
        ? l10n.t("key set")
        : use.wantsKey
          ? l10n.t("no key")
          : l10n.t("wants none"),
      detail: l10n.t("Used by {0}", profilesText(use)),
      value: use,
    }),
  );
  return prompter.pick(choices, { title: l10n.t("Set API Key"), placeHolder: l10n.t("For which host?") });
}

/** Takes a key out of the secret storage, also one that no profile of this project uses. True when one was there. */
async function clearApiKey(shell: Shell, origin: string | undefined): Promise<boolean> {
  requireTrust();
  const { prompter, keys } = shell;
  const stored = await keys.origins();
  if (stored.length === 0 || (origin !== undefined && !stored.includes(origin))) {
    void prompter.inform(origin ? l10n.t("There is no key for {0}.", origin) : l10n.t("No key is stored."));
    return false;
  }
  const uses = originUses(shell.projects.require().project.config);
  const choices = stored.map((one): Choice<string> => {
    const use = uses.find((other) => other.origin === one);
    return {
      label: one,
      description: use ? l10n.t("used by {0}", profilesText(use)) : l10n.t("not used by this project"),
      value: one,
    };
  });
  const chosen =
    origin ??
    (await prompter.pick(choices, { title: l10n.t("Clear API Key"), placeHolder: l10n.t("The key of which host?") }));
  if (chosen === undefined) {
    return false;
  }
  await keys.clear(chosen);
  void prompter.inform(l10n.t("The key for {0} is forgotten.", chosen));
  return true;
}

function profilesText({ profiles }: OriginUse): string {
  return profiles.map((name) => pickLine(name, 60)).join(", ");
}
