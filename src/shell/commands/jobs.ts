import { commands } from "vscode";
import { LionError } from "../../core/errors.ts";
import { cancelJob } from "../../core/training/cancelling.ts";
import { withPatience } from "../progress.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { trainingHere } from "../training/targetsHere.ts";
import { jobName, type ShownJob } from "../trees/jobItems.ts";
import { isUnfinished, JobReports } from "../trees/jobReport.ts";
import type { Trees } from "../trees/registerTrees.ts";
import { shownJobs } from "../trees/shownJobs.ts";
import { oneLine, pickLine } from "../trees/text.ts";
import { editorWords } from "../words.ts";
import { type CommandTable, requireTrust } from "./registry.ts";
import { textOf } from "./targets.ts";

/** `lion.cancelJob` takes a row of the view or `{jobId}`; with `{confirmed: true}` it asks nothing. */
export function jobCommands(shell: Shell, trees: Trees): CommandTable {
  return {
    "lion.cancelJob": async (argument?: unknown) => {
      requireTrust();
      const session = shell.projects.require();
      const job = await jobOf(shell, session, textOf(argument, "jobId"));
      const confirmed = (argument as { readonly confirmed?: unknown } | undefined)?.confirmed === true;
      if (!job || !(confirmed || (await isWanted(shell, session, job)))) {
        return false;
      }
      return cancel(shell, trees, session, job);
    },
  };
}

/** The job that is meant, else the only one at work, else the one that a person picks. */
async function jobOf(shell: Shell, session: ProjectSession, id: string | undefined): Promise<ShownJob | undefined> {
  const words = editorWords();
  const jobs = shownJobs(session, new JobReports(session.project.dataDirectory));
  const atWork = jobs.filter(({ state }) => isUnfinished(state));
  const named = jobs.find((job) => job.id === id);
  if (id === undefined ? atWork.length === 0 : !named) {
    throw new LionError("input", words.t("No such job is at work, so there is nothing to cancel."));
  }
  if (named || atWork.length === 1) {
    return named ?? atWork[0];
  }
  const choices = atWork.map(
    (job): Choice<ShownJob> => ({
      label: pickLine(jobName(job, words)),
      description: pickLine(job.target),
      value: job,
    }),
  );
  return shell.prompter.pick(choices, { title: words.t("Cancel Job"), placeHolder: words.t("Which job?") });
}

/** Asks with what is kept. No modal question: whatever is cancelled goes on from what it saved. */
async function isWanted({ prompter }: Shell, session: ProjectSession, job: ShownJob): Promise<boolean> {
  const words = editorWords();
  const action = words.t("Cancel Job");
  return (await prompter.warn(cancelQuestion(session, job), action)) === action;
}

function cancelQuestion({ project }: ProjectSession, job: ShownJob): string {
  const words = editorWords();
  const { kind, progress, state } = job;
  const name = jobName(job, words);
  if (state === "prepared" || state === "waiting" || !progress) {
    return words.t("Cancel “{0}”? It has not come to anything yet; the next run starts it again.", name);
  }
  const [done, total] = [words.count(progress.done), words.count(progress.total)];
  if (kind === "generate") {
    return words.t(
      "Cancel “{0}”? The {1} of {2} answers that are there are kept, and the next run asks for the rest.",
      name,
      done,
      total,
    );
  }
  return project.config.training.trainer === "lion"
    ? words.t(
        "Cancel “{0}” at step {1} of {2}? It saves this step before it ends, and the next run goes on from there.",
        name,
        done,
        total,
      )
    : words.t(
        "Cancel “{0}” at step {1} of {2}? What your training command saved is kept; whether the next run goes on from there is up to it.",
        name,
        done,
        total,
      );
}

async function cancel(shell: Shell, trees: Trees, session: ProjectSession, job: ShownJob): Promise<boolean> {
  const words = editorWords();
  const name = oneLine(jobName(job, words));
  const cancelled = await withPatience(words.t("“{0}” saves what it has and ends", name), () =>
    cancelJob(trainingHere(shell, session), job.id),
  );
  trees.jobs.refresh();
  if (!cancelled) {
    void shell.prompter.inform(words.t("“{0}” was over already.", name));
  } else {
    void tellCancelled(shell, name);
  }
  return cancelled;
}

async function tellCancelled({ prompter }: Shell, name: string): Promise<void> {
  const words = editorWords();
  const resume = words.t("Resume");
  if ((await prompter.inform(words.t("“{0}” is cancelled.", name), resume)) === resume) {
    await commands.executeCommand("lion.resume");
  }
}
