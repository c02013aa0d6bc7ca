import { commands } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { Checkpoint } from "../../core/store/training.ts";
import { fetchCheckpoint } from "../../core/training/fetching.ts";
import { unregisterCheckpoint } from "../../core/training/registering.ts";
import { withProgress } from "../progress.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { trainingHere } from "../training/targetsHere.ts";
import type { ShownCheckpoint } from "../trees/checkpointItems.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { shownCheckpoints } from "../trees/shownJobs.ts";
import { oneLine, pickLine } from "../trees/text.ts";
import { recordOf } from "../trees/viewOptions.ts";
import { editorWords } from "../words.ts";
import { type RegisterArgument, register } from "./registering.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/**
 * What is done with checkpoints. `lion.fetchCheckpoint` and `lion.unregisterCheckpoint` take a row of the view or
 * `{iteration}`; `lion.registerCheckpoint` asks for what its argument leaves out.
 */
export function checkpointCommands(shell: Shell, trees: Trees): CommandTable {
  return {
    "lion.fetchCheckpoint": (argument?: unknown) => fetchIt(shell, trees, recordOf(argument).iteration),
    "lion.registerCheckpoint": async (argument?: unknown): Promise<Checkpoint | undefined> => {
      requireTrust();
      return register(shell, recordOf(argument) as RegisterArgument);
    },
    "lion.unregisterCheckpoint": (argument?: unknown) => unregister(shell, recordOf(argument).iteration),
  };
}

/** Brings a checkpoint's weights here. Returns the folder; undefined when nothing was fetched. */
async function fetchIt(shell: Shell, trees: Trees, iteration: unknown): Promise<string | undefined> {
  requireTrust();
  const session = shell.projects.require();
  const words = editorWords();
  const chosen = await fetchable(shell, shownCheckpoints(session), iteration);
  const checkpoint = chosen && session.store.training.checkpointOf(chosen.iteration);
  if (!checkpoint) {
    return undefined;
  }
  const folder = await withProgress(
    words.t("Fetching student {0} from {1}", checkpoint.iteration, oneLine(checkpoint.target, 40)),
    (report, signal) =>
      fetchCheckpoint(
        trainingHere(shell, session),
        checkpoint,
        (bytes, total) =>
          report(total > 0 ? bytes / total : null, words.t("{0} of {1}", words.bytes(bytes), words.bytes(total))),
        signal,
      ),
    () =>
      void shell.prompter.inform(
        words.t("Stopped. What has arrived is kept, and “Fetch Checkpoint…” goes on behind it."),
      ),
  );
  trees.jobs.refresh();
  if (folder !== null) {
    void tellFetched(shell, checkpoint);
  }
  return folder ?? undefined;
}

async function fetchable(
  { prompter }: Shell,
  checkpoints: readonly ShownCheckpoint[],
  iteration: unknown,
): Promise<ShownCheckpoint | undefined> {
  const words = editorWords();
  const named = checkpoints.find((one) => one.iteration === iteration);
  if (iteration !== undefined && !named) {
    throw new LionError("input", words.t("There is no such checkpoint: the imitation of an iteration trains one."));
  }
  if (named && named.weights !== "there") {
    throw new LionError("input", words.t("The weights of student {0} are on this machine.", named.iteration));
  }
  const there = checkpoints.filter(({ weights }) => weights === "there");
  if (there.length === 0) {
    throw new LionError("input", words.t("No checkpoint is on another machine, so there is nothing to fetch."));
  }
  if (named || there.length === 1) {
    return named ?? there[0];
  }
  const choices = there.map(
    (one): Choice<ShownCheckpoint> => ({
      label: words.t("Student {0}", one.iteration),
      description: words.t("on {0}", pickLine(one.target)),
      value: one,
    }),
  );
  return prompter.pick(choices, { title: words.t("Fetch Checkpoint"), placeHolder: words.t("Which student?") });
}

async function tellFetched({ prompter }: Shell, { iteration }: Checkpoint): Promise<void> {
  const words = editorWords();
  const reveal = words.t("Reveal Folder");
  const message = words.t("The weights of student {0} are here and are what was trained.", iteration);
  if ((await prompter.inform(message, reveal)) === reveal) {
    await commands.executeCommand("lion.revealCheckpoint", { iteration });
  }
}

/** Forgets a registered checkpoint, and offers to take that back. True when it was forgotten. */
async function unregister(shell: Shell, iteration: unknown): Promise<boolean> {
  requireTrust();
  const session = shell.projects.require();
  const words = editorWords();
  if (typeof iteration !== "number") {
    throw new LionError("input", words.t("Choose the registered checkpoint in the Checkpoints & Jobs view."));
  }
  const services = trainingHere(shell, session);
  const removed = await session.write(() => unregisterCheckpoint(services, iteration));
  void tellRemoved(shell, removed);
  return true;
}

async function tellRemoved({ prompter }: Shell, { iteration, target, directory, manifest }: Checkpoint): Promise<void> {
  const words = editorWords();
  const undo = words.t("Undo");
  const message = words.t("Student {0} is no longer the registered one; its files are where they were.", iteration);
  if ((await prompter.inform(message, undo)) === undo) {
    const { template, note } = manifest as { readonly template?: string; readonly note?: string };
    await commands.executeCommand("lion.registerCheckpoint", {
      ...{ iteration, target, path: directory, note: note ?? "" },
      ...(template !== undefined && { template }),
    });
  }
}
