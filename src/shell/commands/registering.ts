import { commands, window } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { CheckpointProfile } from "../../core/project/schema.ts";
import type { Checkpoint } from "../../core/store/training.ts";
import { type Registration, registerCheckpoint } from "../../core/training/registering.ts";
import { isRemoteFolder } from "../config/targetAdding.ts";
import { withPatience } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickTarget } from "../training/pickTarget.ts";
import { trainingHere } from "../training/targetsHere.ts";
import { oneLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";

/** What is to be registered; what is left out is asked for. */
export type RegisterArgument = Partial<Registration>;

type Template = CheckpointProfile["template"];

/**
 * Files weights that were trained anywhere under an iteration. Returns the checkpoint; undefined when a question was
 * answered with Escape.
 *
 * @throws LionError when they are no LLaMA, or the iteration cannot have another checkpoint.
 */
export async function register(shell: Shell, given: RegisterArgument): Promise<Checkpoint | undefined> {
  const session = shell.projects.require();
  const iteration = given.iteration ?? (await askIteration(shell, session));
  const replace =
    iteration === undefined ? undefined : (given.replace ?? (await mayReplace(shell, session, iteration)));
  if (iteration === undefined || replace === undefined) {
    return undefined;
  }
  const target = given.target ?? (await pickTarget(shell, session.project.config, whereQuestion()));
  const path = target === undefined ? undefined : (given.path ?? (await askPath(shell, session, target)));
  if (target === undefined || path === undefined) {
    return undefined;
  }
  const template = given.template ?? (await askTemplate(shell));
  const note = template === undefined ? undefined : (given.note ?? (await askNote(shell)));
  if (template === undefined || note === undefined) {
    return undefined;
  }
  const services = trainingHere(shell, session);
  const checkpoint = await withPatience(editorWords().t("Reading the weights in {0}", oneLine(path, 100)), () =>
    registerCheckpoint(services, { iteration, target, path, template, note, replace }),
  );
  void tellRegistered(shell, checkpoint, path);
  return checkpoint;
}

async function tellRegistered({ prompter }: Shell, { iteration }: Checkpoint, path: string): Promise<void> {
  const words = editorWords();
  const undo = words.t("Undo");
  const message = words.t(
    "Student {0} is the one in {1}: the imitation of iteration {0} takes it instead of training.",
    iteration,
    oneLine(path, 200),
  );
  if ((await prompter.inform(message, undo)) === undo) {
    await commands.executeCommand("lion.unregisterCheckpoint", { iteration });
  }
}

/** An iteration whose student has not answered yet: what is stored keeps saying what made it. */
async function askIteration({ prompter }: Shell, { store }: ProjectSession): Promise<number | undefined> {
  const words = editorWords();
  const { iteration: newest } = store.iterations.next();
  const choices = Array.from({ length: newest }, (_, index) => newest - index).flatMap((number): Choice<number>[] => {
    const checkpoint = store.training.checkpointOf(number);
    const made = checkpoint ? store.training.madeFrom(checkpoint.id) : { answers: 0, children: 0 };
    const description = checkpoint
      ? words.t("has a checkpoint, which would be replaced")
      : words.t("has no student yet");
    const label = words.t("Iteration {0}", number);
    return made.answers + made.children > 0 ? [] : [{ label, description, value: number }];
  });
  if (choices.length === 0) {
    throw new LionError(
      "input",
      words.t(
        "Every student so far has answered already, so it stays: finish the approval of iteration {0} first, then a checkpoint can be registered for the next one.",
        newest,
      ),
    );
  }
  return prompter.pick(choices, {
    title: words.t("Register Checkpoint (1/5)"),
    placeHolder: words.t("Whose student is it?"),
  });
}

/** Whether the iteration's checkpoint makes room. Undefined when the person would rather not. */
async function mayReplace(
  { prompter }: Shell,
  { store }: ProjectSession,
  iteration: number,
): Promise<boolean | undefined> {
  const words = editorWords();
  if (!store.training.checkpointOf(iteration)) {
    return false;
  }
  const wanted = await prompter.confirm(
    words.t("Iteration {0} has a checkpoint already.", iteration),
    words.t("Replace It"),
    words.t("Its files stay where they are, but the project no longer knows it."),
  );
  return wanted || undefined;
}

function whereQuestion(): { title: string; placeHolder: string } {
  const words = editorWords();
  return { title: words.t("Register Checkpoint (2/5)"), placeHolder: words.t("Where are the weights?") };
}

async function askPath(shell: Shell, { project }: ProjectSession, target: string): Promise<string | undefined> {
  const words = editorWords();
  const title = words.t("Register Checkpoint (3/5)");
  if (project.config.targets[target]?.kind !== "local") {
    const typed = await shell.prompter.text({
      title,
      prompt: words.t("The folder on {0} with config.json, tokenizer and weights (Hugging Face format)", target),
      placeHolder: "/data/models/student",
      validate: (text) =>
        isRemoteFolder(text.trim()) && text.trim().startsWith("/") ? null : words.t("Name the folder from the root."),
    });
    return typed?.trim();
  }
  const [uri] =
    (await window.showOpenDialog({
      title,
      openLabel: words.t("Register"),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return uri?.fsPath;
}

function askTemplate({ prompter }: Shell): Promise<Template | undefined> {
  const words = editorWords();
  const choices: Array<Choice<Template>> = [
    {
      label: "lion",
      description: words.t("a plain LLaMA, trained on this project’s own prompt"),
      value: "lion",
    },
    {
      label: "chat",
      description: words.t("a tuned model with a chat template of its own"),
      value: "chat",
    },
  ];
  return prompter.pick(choices, {
    title: words.t("Register Checkpoint (4/5)"),
    placeHolder: words.t("How is it prompted?"),
  });
}

function askNote({ prompter }: Shell): Promise<string | undefined> {
  const words = editorWords();
  return prompter.text({
    title: words.t("Register Checkpoint (5/5)"),
    prompt: words.t("Where it comes from, for whoever reads this later; may be empty"),
  });
}
