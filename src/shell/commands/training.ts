import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { commands, Uri } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { TrainedOnce } from "../../engine/trainOnce.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { makeReady, studentTarget } from "../training/targetsHere.ts";
import { editorWords } from "../words.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** `lion.train`. With `{output: "folder"}`, relative to the project's, it asks nothing. */
export function trainingCommands(shell: Shell): CommandTable {
  return {
    "lion.train": async (argument?: { readonly output?: unknown }) => {
      requireTrust();
      const session = shell.projects.require();
      if (!(await checkTraining(shell, session))) {
        return undefined;
      }
      const given = typeof argument?.output === "string" ? argument.output : undefined;
      const output = given ?? (await askOutput(shell, session));
      if (output === undefined) {
        return undefined;
      }
      const trained = await (await session.engine.client()).train({ output: resolve(session.folder, output) });
      void tellTrained(shell, trained);
      return trained;
    },
  };
}

/**
 * Sees to it that the student can be trained where it is to be.
 *
 * @param on the target; that of the student's profile when left out.
 * @returns false when the person did not want to wait.
 * @throws LionError when the student is no checkpoint, or no Python can train it there.
 */
export async function checkTraining(shell: Shell, session: ProjectSession, on?: string): Promise<boolean> {
  const target = studentTarget(shell, session, on);
  if (!target) {
    throw new LionError(
      "input",
      editorWords().t(
        "The student of this project is a served model: bind the role student to a profile of kind checkpoint with “Lion: Choose Model for Role…” to train one.",
      ),
    );
  }
  return makeReady(shell, target);
}

/** A new folder in the project's data folder, named for the moment. Absolute. */
export function newOutput({ project }: ProjectSession): string {
  return join(project.dataDirectory, "trained", new Date().toISOString().replaceAll(/[:.]/g, "-"));
}

function askOutput({ prompter }: Shell, session: ProjectSession): Promise<string | undefined> {
  const words = editorWords();
  return prompter.text({
    title: words.t("Train Student…"),
    prompt: words.t("The folder that receives the weights. It is trained on the current Train pool's stored answers."),
    value: newOutput(session),
    validate: (text) =>
      text.trim() === ""
        ? words.t("Name a folder.")
        : existsSync(resolve(session.folder, text))
          ? words.t("This folder exists already: name another one.")
          : null,
  });
}

async function tellTrained({ prompter }: Shell, { output, examples }: TrainedOnce): Promise<void> {
  const words = editorWords();
  const reveal = words.t("Reveal Folder");
  const message = words.t("Trained on {0} examples; the weights are in {1}.", words.count(examples), output);
  if ((await prompter.inform(message, reveal)) === reveal) {
    await commands.executeCommand("revealFileInOS", Uri.file(output));
  }
}
