import type { EndedRun } from "../../protocol/engine.ts";
import { hostOffers, isWorthRetrying } from "../training/hostOffers.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";
import { inEditorWords } from "../wording.ts";
import { type LeftJob, type LeftOff, nextOf, type Standing } from "./standing.ts";
import { stageName } from "./statusText.ts";

/** What can be done about what a notification says. */
export interface Offer {
  readonly title: string;
  readonly command: string;
  readonly argument?: Readonly<Record<string, unknown>>;
  /** Whether the run goes on when the command has done what it was for. */
  readonly resumes?: true;
}

/** A notification: where a person must act, and how. */
export interface Announcement {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly offers: readonly Offer[];
}

/** The job that a run has failed with. */
export interface FailedJob {
  readonly id: string;
  readonly target: string;
  /** Whether it ran on another machine. */
  readonly isElsewhere: boolean;
}

const LONGEST = 400;

/**
 * What to tell a person of a run that has ended; null when nobody must act.
 *
 * @param failed the job that it failed with.
 */
export function announcementOf(
  end: EndedRun,
  standing: Standing,
  words: Localizer,
  failed: FailedJob | null = null,
): Announcement | null {
  const message = oneLine(inEditorWords(end.message), LONGEST);
  const resume: Offer = { title: words.t("Resume"), command: "lion.resume" };
  const showLog: Offer = { title: words.t("Show Log"), command: "lion.showLog" };
  switch (end.outcome) {
    case "done":
    case "paused":
      return null;
    case "waiting":
      return waitingAnnouncement(message, standing, words);
    case "limit":
      return end.problem?.code === "allowance"
        ? {
            level: "warning",
            message: words.t(
              "The allowance of iteration {0} is used up, so the stage pauses.",
              words.count(end.problem.iteration),
            ),
            offers: [
              { title: words.t("Raise Allowance…"), command: "lion.resume", argument: { raiseAllowance: true } },
            ],
          }
        : {
            level: "warning",
            message,
            offers: [{ title: words.t("Open lion.json"), command: "lion.openConfig" }, resume],
          };
    case "failed":
      return { level: "error", message, offers: failureOffers(end, { resume, showLog, failed }, words) };
  }
}

function failureOffers(
  { kind, problem }: EndedRun,
  { resume, showLog, failed }: { readonly resume: Offer; readonly showLog: Offer; readonly failed: FailedJob | null },
  words: Localizer,
): Offer[] {
  switch (problem?.code) {
    case "missing-key": {
      const argument = { origin: problem.origin };
      return [{ title: words.t("Set API Key…"), command: "lion.setApiKey", argument, resumes: true }, showLog];
    }
    case "ssh":
      return [...hostOffers(problem, words), ...(isWorthRetrying(problem) ? [resume] : []), showLog];
    default:
      return failed ? [...jobOffers(failed, words), resume] : kind === "input" ? [showLog] : [resume, showLog];
  }
}

function jobOffers({ id, target, isElsewhere }: FailedJob, words: Localizer): Offer[] {
  const check = { title: words.t("Check Training Target…"), command: "lion.checkTarget", argument: { target } };
  return [
    { title: words.t("Open Job Log"), command: "lion.openJobLog", argument: { jobId: id } },
    ...(isElsewhere ? [check] : []),
  ];
}

function waitingAnnouncement(message: string, standing: Standing, words: Localizer): Announcement {
  const toReview: Offer = { title: words.t("To Review"), command: "lion.review.focus" };
  const finish: Offer = { title: words.t("Finish Approval…"), command: "lion.finishApproval" };
  if (standing.kind !== "approval") {
    return { level: "info", message, offers: [{ title: words.t("Go On"), command: "lion.run" }] };
  }
  const iteration = words.count(standing.iteration);
  return standing.waiting > 0
    ? {
        level: "info",
        message: words.t("Iteration {0}: {1} candidates wait for approval.", iteration, words.count(standing.waiting)),
        offers: [toReview, finish],
      }
    : {
        level: "info",
        message: words.t("Iteration {0}: all {1} candidates are approved.", iteration, words.count(standing.approved)),
        offers: [finish],
      };
}

/** What to tell a person whose engine is gone in the middle of its work. */
export function lossAnnouncement(words: Localizer): Announcement {
  return {
    level: "warning",
    message: words.t("The engine ended unexpectedly; nothing stored is lost."),
    offers: [
      { title: words.t("Resume"), command: "lion.resume" },
      { title: words.t("Show Log"), command: "lion.showLog" },
    ],
  };
}

/** How far a stage had come when it stopped; `total` is null where the end was not known. */
export interface Reached {
  readonly done: number;
  readonly total: number | null;
}

/** What to tell a person when a job has ended that nobody followed. */
export function jobEndAnnouncement(iteration: number, job: LeftJob, words: Localizer): Announcement {
  return {
    level: "info",
    message:
      job.kind === "train"
        ? words.t("The training of iteration {0} has ended.", words.count(iteration))
        : words.t("The student of iteration {0} has answered.", words.count(iteration)),
    offers: [{ title: words.t("Go On"), command: "lion.resume" }],
  };
}

/** What to offer when a training was run by itself and is done. @param standing after it. */
export function trainedAnnouncement(iteration: number, standing: Standing, words: Localizer): Announcement {
  const discriminate: Offer = { title: words.t("Run Discrimination"), command: "lion.runDiscrimination" };
  const next = nextOf(standing);
  return {
    level: "info",
    message: words.t("Student {0} is trained.", words.count(iteration)),
    offers: [
      ...(next?.stage === "discrimination" ? [discriminate] : []),
      { title: words.t("Open Training"), command: "lion.openTraining" },
    ],
  };
}

/** The offer to go on where a run had left off before the project was opened here. */
export function resumeAnnouncement(standing: LeftOff, reached: Reached | null, words: Localizer): Announcement {
  const iteration = words.count(standing.iteration);
  const stage = stageName(standing.stage, words);
  const job = standing.kind === "stopped" ? standing.job : null;
  if (job?.ended) {
    return jobEndAnnouncement(standing.iteration, job, words);
  }
  const message = job
    ? job.kind === "train"
      ? words.t("The training of iteration {0} goes on by itself; nobody waits for its end.", iteration)
      : words.t("The student of iteration {0} goes on answering; nobody waits for its end.", iteration)
    : standing.kind === "between"
      ? words.t("Iteration {0} goes on with its {1}.", iteration, stage)
      : reached === null
        ? words.t("Iteration {0}'s {1} was stopped.", iteration, stage)
        : reached.total === null
          ? words.t("Iteration {0}'s {1} stopped at {2}.", iteration, stage, words.count(reached.done))
          : words.t(
              "Iteration {0}'s {1} stopped at {2} of {3}.",
              iteration,
              stage,
              words.count(reached.done),
              words.count(reached.total),
            );
  return { level: "info", message, offers: [{ title: words.t("Resume"), command: "lion.resume" }] };
}
