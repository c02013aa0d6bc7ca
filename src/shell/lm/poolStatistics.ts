import type { IterationSummary } from "../../core/browse/iterationSummaries.ts";
import type { LionTool, ToolContext } from "./tool.ts";
import { cutText, type Room, toolText } from "./toolText.ts";

/** The newest iterations that are told of. */
const MOST_ITERATIONS = 20;

/** How large the pools are, what the referee found in each iteration, and where the candidates stand. */
export const poolStatistics: LionTool = {
  name: "lion_pool_statistics",
  progress: (_, words) => words.t("Reading the pools' figures of the Lion project"),
  run: (_, context) => {
    const { browser, config } = context;
    const { latest, iteration, coming } = browser.current();
    const summaries = browser.iterationSummaries();
    const total = (buckets: ReadonlyArray<{ readonly count: number }>): number =>
      buckets.reduce((sum, { count }) => sum + count, 0);
    const trainPool = total(browser.trainCounts());
    const cachePool = total(browser.cacheCounts({ iteration: latest, tau: summaries.at(-1)?.tau ?? 1 }));
    return toolText((room) => ({
      project: cutText(config.name, room),
      poolsOfIteration: iteration,
      ...(coming && { note: "The approval is finished: these are the pools that the next iteration begins with." }),
      trainPool,
      cachePool,
      candidates: Object.fromEntries(browser.candidates.counts().map(({ state, count }) => [state, count])),
      iterations: summaries
        .slice(-Math.min(MOST_ITERATIONS, room.rows))
        .map((summary) => iterationFacts(summary, context, room)),
    }));
  },
};

function iterationFacts(summary: IterationSummary, { browser }: ToolContext, room: Room): object {
  const { number, mode, tau, wanted, trainPool, cachePool, draw, stages, finished } = summary;
  const rated = browser.ratedOf({ iteration: number });
  return {
    iteration: number,
    mode,
    tau,
    wanted,
    trainPool,
    cachePool,
    rated: draw.rated,
    hard: draw.hard,
    easy: draw.easy,
    unscored: draw.unscored,
    contradictory: draw.contradictory,
    studentAhead: draw.studentAhead,
    meanGap: rounded(draw.meanGap),
    // A lazy iteration rates a random part of the Cache: what it found there is an estimate for the whole.
    hardShare: rated?.hardShare && {
      value: rounded(rated.hardShare.value),
      low95: rounded(rated.hardShare.low),
      high95: rounded(rated.hardShare.high),
    },
    stages: Object.fromEntries(
      stages.map(({ name, state, note }) => [name, note ? `${state}: ${cutText(note, room)}` : state]),
    ),
    approvalFinished: finished,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(10_000 * value) / 10_000;
}
