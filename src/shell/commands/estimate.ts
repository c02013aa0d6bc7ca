import type { Estimate } from "../../core/loop/estimate.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { estimateText } from "./estimateText.ts";
import { estimateOf } from "./estimating.ts";
import type { CommandTable } from "./registry.ts";

/** `lion.estimate`: opens the estimate of the coming or running iteration as a read-only document. Returns it. */
export function estimateCommands(shell: Shell): CommandTable {
  return {
    "lion.estimate": async (): Promise<Estimate> => {
      const session = shell.projects.require();
      const words = editorWords();
      const estimate = await estimateOf(shell, session);
      const name = words.t("Estimate of iteration {0}", words.count(estimate.iteration));
      const text = estimateText(session.project.config.name, estimate, words);
      await shell.texts.show("estimate", name, text, "lion-text");
      return estimate;
    },
  };
}
