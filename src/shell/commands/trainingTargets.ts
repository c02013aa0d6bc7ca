import { l10n } from "vscode";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";
import { addTarget, type TargetArgument } from "./addingTarget.ts";
import { hostCommands } from "./hosts.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** The places where the student is trained. `lion.addTarget` asks for what its argument leaves out. */
export function targetCommands(shell: Shell): CommandTable {
  return {
    ...hostCommands(shell),
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
  await prompter.inform(l10n.t("The target {0} is in lion.json now.", pickLine(name)));
}
