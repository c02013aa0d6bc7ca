import { commands, l10n } from "vscode";
import type { HostFacts } from "../../core/training/host/probe.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { addTarget, type TargetArgument } from "./addingTarget.ts";
import { checkTarget } from "./checkingTarget.ts";
import { hostCommands } from "./hosts.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { textOf } from "./targets.ts";

/** The places where the student is trained. `lion.addTarget` asks for what its argument leaves out, `lion.checkTarget`
 * takes `{target}`. */
export function targetCommands(shell: Shell): CommandTable {
  return {
    ...hostCommands(shell),
    "lion.checkTarget": async (argument?: unknown): Promise<readonly HostFacts[] | undefined> => {
      requireTrust();
      return checkTarget(shell, textOf(argument, "target"));
    },
    "lion.addTarget": async (argument?: TargetArgument): Promise<string | undefined> => {
      requireTrust();
      const name = await addTarget(shell, argument ?? {});
      if (name !== undefined) {
        void tellAdded(shell, name);
      }
      return name;
    },
  };
}

async function tellAdded({ prompter }: Shell, name: string): Promise<void> {
  const check = l10n.t("Check Training Target…");
  if ((await prompter.inform(l10n.t("The target {0} is in lion.json now.", pickLine(name)), check)) === check) {
    await commands.executeCommand("lion.checkTarget", { target: name });
  }
}
