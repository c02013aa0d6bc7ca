import type { ChatPanel } from "../panels/chatPanel.ts";
import { recordOf } from "../trees/viewOptions.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** `lion.chat` takes a checkpoint's row or `{iteration}`, and goes on with the students that were asked last without one. */
export function chatCommands(chat: ChatPanel): CommandTable {
  return {
    "lion.chat": async (meant?: unknown) => {
      requireTrust();
      const { iteration } = recordOf(meant);
      await chat.open(typeof iteration === "number" ? iteration : null);
    },
  };
}
