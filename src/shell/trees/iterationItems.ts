import type { RatedCount } from "../../core/browse/types.ts";
import type { EngineState } from "../../protocol/engine.ts";
import type { Icon, ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";

export type StageName = "imitation" | "discrimination" | "generation";

/**
 * How a stage looks: as it is stored, but `running` only while an engine is at work on it; `next` is what a run begins
 * with, `later` what comes after that.
 */
export type ShownState = "running" | "waiting" | "stopped" | "done" | "next" | "later";

/** What a stage used: requests by role, and money by currency in millionths. */
export interface StageUse {
  readonly calls: ReadonlyArray<{ readonly role: string; readonly calls: number }>;
  readonly cost: ReadonlyArray<{ readonly currency: string; readonly cost: number }>;
}

export interface ShownStage {
  readonly name: StageName;
  readonly state: ShownState;
  /** The sentence that the stage ended with. */
  readonly note: string;
  readonly milliseconds: number;
  /** Whether a run goes on with it. */
  readonly runnable: boolean;
  /** Calls of its iteration so far; 0 before it begins. Says when what it used must be asked again. */
  readonly callsSoFar: number;
}

/** A stage with what is asked only when it is drawn. */
export interface DrawnStage extends ShownStage, StageUse {
  /** Counted live; null when it is not running, or in another process that this window is not attached to. */
  readonly progress: EngineState["progress"];
  readonly pausing: boolean;
}

export interface ShownIteration {
  readonly number: number;
  readonly state: ShownState;
  readonly newest: boolean;
  readonly ratings: RatedCount;
  readonly stages: readonly ShownStage[];
}

const STATE_ICONS: Readonly<Record<ShownState, Icon>> = {
  running: { id: "sync~spin", color: "charts.blue" },
  waiting: { id: "bell", color: "charts.yellow" },
  stopped: { id: "debug-pause", color: "charts.orange" },
  done: { id: "pass", color: "charts.green" },
  next: { id: "play-circle" },
  later: { id: "circle-outline", color: "disabledForeground" },
};

export function stateWord(state: ShownState, l10n: Localizer): string {
  const words: Readonly<Record<ShownState, string>> = {
    running: l10n.t("running"),
    waiting: l10n.t("waiting for you"),
    stopped: l10n.t("stopped"),
    done: l10n.t("done"),
    next: l10n.t("next"),
    later: l10n.t("later"),
  };
  return words[state];
}

export function stageTitle(name: StageName, l10n: Localizer): string {
  const titles: Readonly<Record<StageName, string>> = {
    imitation: l10n.t("Imitation"),
    discrimination: l10n.t("Discrimination"),
    generation: l10n.t("Generation"),
  };
  return titles[name];
}

function roleTitle(role: string, l10n: Localizer): string {
  const titles: Readonly<Record<string, string>> = {
    teacher: l10n.t("teacher"),
    student: l10n.t("student"),
    referee: l10n.t("referee"),
    generator: l10n.t("generator"),
    evaluator: l10n.t("evaluator"),
  };
  return titles[role] ?? oneLine(role, 20);
}

/** "120 of 2,000 rated"; nothing while nothing is rated. */
export function ratedText({ rated, total }: Pick<RatedCount, "rated" | "total">, l10n: Localizer): string {
  return l10n.t("{0} of {1} rated", l10n.count(rated), l10n.count(total));
}

/** What the share of hard ones means: in a lazy iteration an estimate from a random sample, with its interval. */
export function hardShareSentence({ hardShare, projectedHard, mode }: RatedCount, l10n: Localizer): string {
  if (hardShare === null) {
    return l10n.t("Nothing is scored yet.");
  }
  const share = l10n.percent(hardShare.value);
  return mode === "lazy" && projectedHard
    ? l10n.t(
        "{0} of the scored are hard ({1} to {2} with 95% confidence): {3} to {4} in the whole Cache.",
        share,
        l10n.percent(hardShare.low),
        l10n.percent(hardShare.high),
        l10n.count(projectedHard.low),
        l10n.count(projectedHard.high),
      )
    : l10n.t("{0} of the scored are hard.", share);
}

export function iterationItem(iteration: ShownIteration, l10n: Localizer): ItemModel {
  const { number, state, ratings, newest } = iteration;
  const label = l10n.t("Iteration {0}", number);
  const facts = [
    stateWord(state, l10n),
    ...(ratings.hardShare === null
      ? []
      : [l10n.t("{0} hard", l10n.percent(Math.round(100 * ratings.hardShare.value) / 100))]),
    ...(ratings.rated > 0 ? [ratedText(ratings, l10n)] : []),
  ];
  const sentences = ratings.rated > 0 ? [ratedText(ratings, l10n), hardShareSentence(ratings, l10n)] : [];
  return {
    id: `iteration:${number}`,
    label,
    description: facts.join(" · "),
    tooltip: [`${label}: ${stateWord(state, l10n)}`, ...sentences].join("\n"),
    icon: STATE_ICONS[state],
    contextValue: `iteration.${state}`,
    children: newest ? "expanded" : "collapsed",
    accessibilityLabel: [label, ...facts].join(", "),
  };
}

export function stageItem(iteration: number, stage: DrawnStage, l10n: Localizer): ItemModel {
  const title = stageTitle(stage.name, l10n);
  const description = stageFacts(stage, l10n).join(" · ");
  return {
    id: `stage:${iteration}:${stage.name}`,
    label: title,
    description,
    tooltip: stageTooltip(stage, l10n),
    icon: STATE_ICONS[stage.state],
    contextValue: `stage.${stage.name}.${stage.state}${stage.runnable ? ".runnable" : ""}`,
    children: "none",
    accessibilityLabel: [title, stateWord(stage.state, l10n), description].filter((part) => part !== "").join(", "),
  };
}

/** "teacher answers 12 of 300", or without an end while it is not known. */
export function progressText(progress: NonNullable<EngineState["progress"]>, l10n: Localizer): string {
  const { step, done, total } = progress;
  if (step === "") {
    return l10n.t("starting");
  }
  return total === null
    ? l10n.t("{0} {1}", step, l10n.count(done))
    : l10n.t("{0} {1} of {2}", step, l10n.count(done), l10n.count(total));
}

function stageFacts(stage: DrawnStage, l10n: Localizer): string[] {
  if (stage.state === "next" || stage.state === "later") {
    return [stateWord(stage.state, l10n)];
  }
  const live = stage.pausing ? l10n.t("pausing") : stage.progress && progressText(stage.progress, l10n);
  const calls = stage.calls.reduce((sum, use) => sum + use.calls, 0);
  return [
    ...(live ? [live] : stage.state === "done" ? [] : [stateWord(stage.state, l10n)]),
    ...stage.cost.map(({ cost, currency }) => l10n.money(cost, currency)),
    ...(calls > 0 ? [l10n.t("{0} calls", l10n.count(calls))] : []),
    ...(stage.milliseconds > 0 ? [l10n.duration(stage.milliseconds)] : []),
  ];
}

function stageTooltip(stage: DrawnStage, l10n: Localizer): string {
  const { note, state, progress } = stage;
  return [
    `${stageTitle(stage.name, l10n)}: ${stateWord(state, l10n)}`,
    ...(progress?.detail ? [oneLine(progress.detail)] : []),
    ...(note ? [oneLine(note, 600)] : []),
    ...stage.calls.map((use) => l10n.t("{0}: {1} calls", roleTitle(use.role, l10n), l10n.count(use.calls))),
    ...stage.cost.map(({ cost, currency }) => l10n.t("Cost: {0}", l10n.money(cost, currency))),
    ...(stage.milliseconds > 0 ? [l10n.t("Time at work: {0}", l10n.duration(stage.milliseconds))] : []),
  ].join("\n");
}
