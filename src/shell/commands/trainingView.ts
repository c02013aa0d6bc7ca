import { join } from "node:path";
import { commands, env, UIKind, Uri } from "vscode";
import type { TrainingPanel } from "../panels/trainingPanel.ts";
import type { Shell } from "../shell.ts";
import { recordOf } from "../trees/viewOptions.ts";
import type { CommandTable } from "./registry.ts";
import { textOf } from "./targets.ts";

/**
 * The training view. `lion.openTraining` takes a job's row, `{jobId}` or `{iteration}`, and shows the newest training when
 * none is named; the others are about the training that is shown.
 */
export function trainingViewCommands(shell: Shell, training: TrainingPanel): CommandTable {
  const job = (): { readonly id: string; readonly directory: string } => {
    const { id, directory } = training.chosen().attempts.at(-1) ?? { id: "", directory: "" };
    return { id, directory: join(shell.projects.require().project.dataDirectory, directory) };
  };
  return {
    "lion.openTraining": (meant?: unknown) => {
      const jobId = textOf(meant, "jobId");
      const { iteration } = recordOf(meant);
      training.open({
        ...(jobId !== undefined && { jobId }),
        ...(typeof iteration === "number" && { iteration }),
      });
    },
    "lion.training.openLog": () => commands.executeCommand("lion.openJobLog", { jobId: job().id }),
    "lion.training.cancel": () => commands.executeCommand("lion.cancelJob", { jobId: job().id }),
    "lion.training.showFolder": () => {
      // Only a desktop window has a file manager beside it; elsewhere the explorer does it.
      const local = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
      return commands.executeCommand(local ? "revealFileInOS" : "revealInExplorer", Uri.file(job().directory));
    },
    "lion.training.nextMetric": () => training.command("nextMetric"),
    "lion.training.toggleRun": () => training.command("toggleRun"),
  };
}
