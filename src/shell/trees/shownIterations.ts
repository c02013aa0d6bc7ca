import type { IterationSummary } from "../../core/browse/iterationSummaries.ts";
import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { StageCall } from "../../core/browse/stageCalls.ts";
import type { RatedCount } from "../../core/browse/types.ts";
import type { Role } from "../../core/models/types.ts";
import { STAGES, type StageName, type StageState } from "../../core/store/iterations.ts";
import { nextOf, type Standing } from "../status/standing.ts";
import type { ShownIteration, ShownStage, ShownState, StageUse } from "./iterationItems.ts";

/** In the order in which an iteration needs them. */
const ROLES: readonly Role[] = ["teacher", "student", "referee", "generator", "evaluator"];
const NOT_RATED: RatedCount = { rated: 0, total: 0, mode: "lazy", hardShare: null, projectedHard: null };

/** What the iterations are shown from. */
export interface IterationFacts {
  readonly browser: Pick<PoolBrowser, "iterationSummaries" | "ratedOf">;
  readonly standing: Standing;
}

/** The iterations as their view shows them, newest first; with the coming one when a run would open it. */
export function shownIterations({ browser, standing }: IterationFacts): ShownIteration[] {
  const summaries = browser.iterationSummaries();
  const next = nextOf(standing);
  const newest = summaries.at(-1)?.number ?? 0;
  const shown = summaries.map((summary) =>
    shownIteration(summary, {
      rated: browser.ratedOf({ iteration: summary.number }) ?? NOT_RATED,
      newest: summary.number === newest,
      standing,
    }),
  );
  // Before the first iteration the view has its welcome instead.
  const coming = next !== null && next.iteration > newest && newest > 0 ? [comingIteration(next.iteration)] : [];
  return [...shown, ...coming].reverse();
}

function shownIteration(
  { number, stages, calls }: IterationSummary,
  about: {
    readonly rated: RatedCount;
    readonly newest: boolean;
    readonly standing: Standing;
  },
): ShownIteration {
  const { rated, newest, standing } = about;
  const next = newest ? nextOf(standing) : null;
  const begun = new Map(stages.map((stage) => [stage.name, stage]));
  const shown = STAGES.map((name): ShownStage => {
    const stage = begun.get(name);
    const isNext = next?.iteration === number && next.stage === name;
    const state = stage ? liveState(name, stage.state, newest ? standing : null) : isNext ? "next" : "later";
    return {
      ...{ name, state, note: stage?.note ?? "", milliseconds: stage?.milliseconds ?? 0 },
      runnable: isNext && (state === "next" || (state === "waiting" && standing.kind === "gate")),
      callsSoFar: stage ? calls.reduce((sum, role) => sum + role.calls, 0) : 0,
    };
  });
  // The closing imitation has no discrimination behind it.
  const closed = standing.kind === "complete" && newest;
  return {
    number,
    state: iterationState(shown, closed),
    newest,
    ratings: rated,
    stages: closed ? shown.filter(({ state }) => state !== "later") : shown,
  };
}

function comingIteration(number: number): ShownIteration {
  const stages = STAGES.map(
    (name, index): ShownStage => ({
      ...{ name, state: index === 0 ? "next" : "later", note: "", milliseconds: 0 },
      ...{ runnable: index === 0, callsSoFar: 0 },
    }),
  );
  return { number, state: "next", newest: false, ratings: NOT_RATED, stages };
}

/**
 * A stage that is stored as running, of which no engine is at work any more, has stopped; and the generation is done
 * once its approval is finished, though only the next run writes that down.
 */
function liveState(name: StageName, stored: StageState, standing: Standing | null): ShownState {
  if (stored === "running") {
    return standing?.kind === "running" ? "running" : "stopped";
  }
  return name === "generation" && standing?.kind === "approved" ? "done" : stored;
}

function iterationState(stages: readonly ShownStage[], closed: boolean): ShownState {
  const working = stages.find(({ state }) => state === "running" || state === "waiting" || state === "stopped");
  if (working) {
    return working.state;
  }
  return closed || stages.every(({ state }) => state === "done") ? "done" : "next";
}

/** Calls by role and money by currency. */
export function useOf(calls: readonly StageCall[]): StageUse {
  const byRole = new Map<Role, number>();
  const byCurrency = new Map<string, number>();
  for (const { role, calls: number, cost, currency } of calls) {
    byRole.set(role, (byRole.get(role) ?? 0) + number);
    if (currency !== null && cost !== null) {
      byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + cost);
    }
  }
  return {
    calls: ROLES.map((role) => ({ role, calls: byRole.get(role) ?? 0 })).filter(({ calls: number }) => number > 0),
    cost: [...byCurrency].map(([currency, cost]) => ({ currency, cost })),
  };
}
