import { commands } from "vscode";
import { finishApproval } from "../../core/review/approval.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { costOfRest } from "./allowing.ts";
import { approvalQuestion, missingBeyondWaiting, type OpenApproval } from "./approvalText.ts";
import { type CommandTable, requireTrust } from "./registry.ts";

/** `lion.finishApproval`. With `{confirmed: true}` it asks nothing. */
export function approvalCommands(shell: Shell): CommandTable {
  return {
    "lion.finishApproval": async (argument?: { readonly confirmed?: boolean }) => {
      requireTrust();
      await finishApprovalOf(shell, shell.projects.require(), argument?.confirmed === true);
    },
  };
}

/**
 * Finishes the approval of the newest iteration after showing what that amounts to, or generates what is missing first.
 *
 * @throws LionError of kind `input` when there is nothing to finish.
 */
export async function finishApprovalOf(shell: Shell, session: ProjectSession, confirmed = false): Promise<void> {
  const words = editorWords();
  const approval = openApproval(session);
  if (approval && approval.approved > 0 && !confirmed) {
    const cost = missingBeyondWaiting(approval) > 0 ? await costOfRest(shell, session, words) : null;
    const { message, detail, toTopUp } = approvalQuestion(approval, cost, words);
    const finish = words.t("Finish");
    const topUp = words.t("Top Up First");
    const answer = await shell.prompter.decide(message, detail, ...(toTopUp > 0 ? [finish, topUp] : [finish]));
    if (answer === topUp) {
      await commands.executeCommand("lion.runGeneration");
    }
    if (answer !== finish) {
      return;
    }
  }
  const { store, clock } = session;
  const actor = await session.actor();
  const finished = await session.write(() => finishApproval(store, clock, actor));
  void offerWhatFollows(shell, finished.iteration, finished.approved);
}

/** Null where the core knows better what to say: nothing was generated, nothing is approved, or it is finished. */
function openApproval({ store, browser }: ProjectSession): OpenApproval | null {
  const latest = store.iterations.latest();
  if (!latest) {
    return null;
  }
  const { newInstructions, hardToEasy } = latest.config.loop;
  const counts = browser.candidates.counts({ iteration: latest.number });
  const inState = (state: "waiting" | "approved" | "refused"): (typeof counts)[number] => {
    const bucket = counts.find((one) => one.state === state);
    if (!bucket) {
      throw new Error(`The counts of candidates leave out the state ${state}.`);
    }
    return bucket;
  };
  const approved = inState("approved");
  return {
    iteration: latest.number,
    waiting: inState("waiting").count,
    approved: approved.count,
    refused: inState("refused").count,
    byHalf: approved.byHalf,
    wanted: newInstructions,
    hardToEasy,
  };
}

/** Not awaited by the command: it is done, whatever the person does with the notification. */
async function offerWhatFollows({ prompter }: Shell, iteration: number, approved: number): Promise<void> {
  const words = editorWords();
  const run = words.t("Run Next Iteration");
  const undo = words.t("Undo");
  const answer = await prompter.inform(
    words.t(
      "Iteration {0}: {1} approved instructions are the next Train pool.",
      words.count(iteration),
      words.count(approved),
    ),
    run,
    undo,
  );
  if (answer === run) {
    await commands.executeCommand("lion.run");
  } else if (answer === undo) {
    await commands.executeCommand("lion.undo");
  }
}
