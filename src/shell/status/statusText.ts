import type { StageName } from "../../core/store/iterations.ts";
import type { EngineProgress, EngineState } from "../../protocol/engine.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";
import { inEditorWords } from "../wording.ts";
import type { LeftJob, Standing } from "./standing.ts";

/** What the status bar item says. */
export interface StatusText {
  readonly text: string;
  /** Plain text; notes of stages quote models and endpoints. */
  readonly tooltip: string;
  /** The text for a screen reader: the same without the icon. */
  readonly spoken: string;
  /** The command that fits what is shown. */
  readonly command: string;
  readonly attention: boolean;
}

const MILLIONTHS = 1_000_000;
const LONGEST_NOTE = 400;

/** A stage's name as it stands in a sentence. */
export function stageName(stage: StageName, words: Localizer): string {
  const names: Readonly<Record<StageName, string>> = {
    imitation: words.t("imitation"),
    discrimination: words.t("discrimination"),
    generation: words.t("generation"),
  };
  return names[stage];
}

/** What the running iteration has used so far, in words; null when nothing is known. */
export function spentText(spent: EngineState["spent"], words: Localizer): string | null {
  return spent === null || spent.cost === null || spent.currency === null
    ? null
    : words.money(spent.cost * MILLIONTHS, spent.currency);
}

/** `120/300`, or the number alone while the end is not known. */
function countText({ done, total }: EngineProgress, words: Localizer): string {
  return total === null ? words.count(done) : `${words.count(done)}/${words.count(total)}`;
}

/** What the status bar item shows; null hides it. The engine's word goes before the database's, which follows it. */
export function statusText(
  project: string,
  standing: Standing,
  engine: EngineState,
  words: Localizer,
): StatusText | null {
  if (engine.phase !== "idle") {
    return workingText(project, standing, engine, words);
  }
  const item = (
    icon: string,
    spoken: string,
    more: { detail?: string; command?: string; attention?: boolean } = {},
  ) => ({
    text: `$(${icon}) ${spoken}`,
    spoken,
    tooltip: [oneLine(project), more.detail ?? ""].filter((line) => line !== "").join("\n"),
    command: more.command ?? "lion.iterations.focus",
    attention: more.attention ?? false,
  });
  switch (standing.kind) {
    case "empty":
    case "new":
      return null;
    case "running":
      return item("sync~spin", words.t("Lion: {0}", stageName(standing.stage, words)), {
        detail: words.t(
          "Process {0} works on iteration {1}.",
          String(standing.process),
          words.count(standing.iteration),
        ),
      });
    case "stopped":
      if (standing.job) {
        return item(standing.job.ended ? "pass" : "server-process", jobText(standing.job, words), {
          detail: standing.job.ended
            ? words.t("A click takes over what it made and goes on.")
            : words.t("The job goes on by itself. A click follows it and goes on when it has ended."),
          command: "lion.resume",
          attention: standing.job.ended,
        });
      }
      return item("debug-pause", words.t("Lion: {0} stopped", stageName(standing.stage, words)), {
        detail: standing.died
          ? words.t("The engine ended unexpectedly; nothing stored is lost.")
          : noteText(standing.note),
        attention: engine.lastEnd?.outcome === "failed" || engine.lastEnd?.outcome === "limit" || standing.died,
      });
    case "gate":
      return item("bell", words.t("Lion: {0} waits", stageName(standing.stage, words)), {
        detail: noteText(standing.note),
      });
    case "approval":
      return standing.waiting > 0
        ? item("checklist", words.t("Lion: {0} to review", words.count(standing.waiting)), {
            detail: words.t(
              "Iteration {0}: {1} approved, {2} wait.",
              words.count(standing.iteration),
              words.count(standing.approved),
              words.count(standing.waiting),
            ),
            command: "lion.review.focus",
          })
        : item("checklist", words.t("Lion: finish approval"), {
            detail: words.t(
              "All {0} candidates of iteration {1} are approved.",
              words.count(standing.approved),
              words.count(standing.iteration),
            ),
            command: "lion.finishApproval",
          });
    case "approved":
      return item("beaker", words.t("Lion: iteration {0} done", words.count(standing.iteration)), {
        detail: words.t("What was approved is the next Train pool."),
      });
    case "between":
      return item("beaker", words.t("Lion: {0} next", stageName(standing.stage, words)), {
        detail: words.t(
          "Iteration {0} goes on with its {1}.",
          words.count(standing.iteration),
          stageName(standing.stage, words),
        ),
      });
    case "complete":
      return item("beaker", words.t("Lion: all {0} iterations done", words.count(standing.iterations)));
  }
}

/** What a job that nobody follows is at. */
function jobText({ kind, ended }: LeftJob, words: Localizer): string {
  if (kind === "train") {
    return ended ? words.t("Lion: training has ended") : words.t("Lion: training goes on");
  }
  return ended ? words.t("Lion: student has answered") : words.t("Lion: answering goes on");
}

function workingText(project: string, standing: Standing, engine: EngineState, words: Localizer): StatusText {
  const { progress } = engine;
  const stage = progress?.stage ?? (standing.kind === "running" ? standing.stage : null);
  const spent = spentText(engine.spent, words);
  const doing =
    engine.phase === "pausing"
      ? words.t("Lion: pausing")
      : stage === null
        ? words.t("Lion: at work")
        : words.t("Lion: {0}", workName(progress, stage, words));
  const counted = progress && progress.step !== "" ? ` ${countText(progress, words)}` : "";
  const spoken = `${doing}${engine.phase === "pausing" ? "" : counted}${spent === null ? "" : ` · ${spent}`}`;
  const lines = [
    oneLine(project),
    ...(progress ? [progressLine(progress, words)] : []),
    ...(engine.spent ? [words.t("{0} calls in this iteration", words.count(engine.spent.calls))] : []),
    ...(engine.unattended ? [words.t("Unattended: goes on without a window.")] : []),
  ];
  return {
    text: `$(sync~spin) ${spoken}`,
    spoken,
    tooltip: lines.join("\n"),
    command: "lion.iterations.focus",
    attention: false,
  };
}

/** What is done: a stage, or a training outside the loop, which belongs to no iteration. */
function workName(progress: EngineProgress | null, stage: StageName, words: Localizer): string {
  return progress?.iteration === 0 ? words.t("training") : stageName(stage, words);
}

/** One line about what is being counted: `Iteration 2, discrimination: rated 120/300 · about 1:05 left`. */
export function progressLine(progress: EngineProgress, words: Localizer): string {
  const counted = progress.step === "" ? "" : `${progress.step} ${countText(progress, words)}`;
  const detail = oneLine(progress.detail);
  return [
    progress.iteration === 0
      ? words.t("Training outside the loop")
      : words.t("Iteration {0}, {1}", words.count(progress.iteration), stageName(progress.stage, words)),
    ...[[counted, detail].filter((part) => part !== "").join(" · ")].filter((part) => part !== ""),
  ].join(": ");
}

function noteText(note: string): string {
  return oneLine(inEditorWords(note), LONGEST_NOTE);
}
