import type { Role } from "../models/types.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { StageName, StageState } from "../store/iterations.ts";
import { STAGES } from "../store/iterations.ts";
import type { Store } from "../store/store.ts";
import { poolScope, standingSql, stateSql } from "./poolSql.ts";
import type { PoolState } from "./poolState.ts";

export interface StageSummary {
  readonly name: StageName;
  readonly state: StageState;
  readonly note: string;
  /** Time spent working, over all runs. */
  readonly milliseconds: number;
}

/** What one role has used in an iteration; attempts without a known outcome count at their worst case. */
export interface CallSummary {
  readonly role: Role;
  readonly profile: string;
  readonly calls: number;
  /** Millionths of the currency; null where the profile has no prices. */
  readonly cost: number | null;
  readonly currency: string | null;
}

export interface VerdictSummary {
  readonly rated: number;
  readonly hard: number;
  readonly easy: number;
  readonly unscored: number;
  readonly contradictory: number;
  readonly studentAhead: number;
  /** Teacher minus student over the scored; null when nothing is scored. */
  readonly meanGap: number | null;
}

/** Where an iteration stands, as the views show it: a person's overrides count, excluded instructions do not. */
export interface IterationSummary {
  readonly number: number;
  readonly mode: "lazy" | "full";
  readonly tau: number;
  /** N: how many instructions the iteration wants approved. */
  readonly wanted: number;
  readonly trainPool: number;
  readonly cachePool: number;
  readonly draw: VerdictSummary;
  readonly panel: VerdictSummary;
  readonly candidates: { readonly passed: number; readonly filtered: number };
  /** Those that have begun, in their order. */
  readonly stages: readonly StageSummary[];
  readonly calls: readonly CallSummary[];
  /** Whether its approval is finished. */
  readonly finished: boolean;
}

/** Where each iteration stands, the first one first; what has not changed is not counted again. */
export function iterationSummaries(store: Store, state: PoolState): IterationSummary[] {
  state.refresh();
  return store.iterations.all().map(({ number, config }) => ({
    number,
    mode: config.discrimination.mode,
    tau: config.discrimination.tau,
    wanted: config.loop.newInstructions,
    trainPool: poolSize(state, "train", number),
    cachePool: poolSize(state, "cache", number),
    draw: verdicts(state, "draw", number, config),
    panel: verdicts(state, "panel", number, config),
    candidates: candidates(state, number),
    stages: STAGES.flatMap((name) => {
      const stage = store.iterations.stage(number, name);
      return stage ? [{ name, state: stage.state, note: stage.note, milliseconds: stage.milliseconds }] : [];
    }),
    calls: calls(state, number),
    finished: state.sql("SELECT 1 FROM temp.finished WHERE iteration = ?").get(number) !== undefined,
  }));
}

function poolSize({ sql }: PoolState, pool: "train" | "cache", iteration: number): number {
  const range = pool === "train" ? "=" : "<=";
  return sql(
    `SELECT (SELECT coalesce(sum(members), 0) FROM pool_tally WHERE pool = @pool AND iteration ${range} @iteration)
       - (SELECT count(*) FROM temp.left_out l CROSS JOIN pool_member m
          ON m.pool = @pool AND m.instruction_id = l.id AND m.iteration ${range} @iteration)`,
  )
    .pluck()
    .get({ pool, iteration }) as number;
}

function verdicts(
  state: PoolState,
  scopeName: "draw" | "panel",
  iteration: number,
  { discrimination: { tau } }: ProjectConfig,
): VerdictSummary {
  const changes = state.sql("SELECT changes FROM verdict_revision WHERE iteration = ?").pluck().get(iteration) ?? 0;
  return state.rememberWhile(`verdicts/${scopeName}/${iteration}`, `${changes}/${state.decided.revision}`, () => {
    const scope = poolScope(
      "cache",
      { iteration, tau },
      {
        filter: {},
        current: { latest: iteration, iteration, coming: false },
        overridden: state.isOverridden(iteration),
      },
    );
    return state
      .sql(
        `SELECT count(*) AS rated, coalesce(sum(state = 'hard'), 0) AS hard, coalesce(sum(state = 'easy'), 0) AS easy,
           coalesce(sum(state = 'unscored'), 0) AS unscored, coalesce(sum(contradictory), 0) AS contradictory,
           coalesce(sum(gap <= @aheadTo), 0) AS studentAhead, avg(gap) AS meanGap
         FROM (SELECT ${stateSql(scope)} AS state, gap, contradictory FROM verdict v
           WHERE iteration = @iteration AND scope = '${scopeName}' AND ${standingSql("instruction_id")})`,
      )
      .get(scope.values) as VerdictSummary;
  });
}

function candidates({ sql }: PoolState, iteration: number): IterationSummary["candidates"] {
  return sql(
    `SELECT coalesce(sum(filter IS NULL), 0) AS passed, coalesce(sum(filter IS NOT NULL), 0) AS filtered
     FROM candidate WHERE iteration = ?`,
  ).get(iteration) as IterationSummary["candidates"];
}

function calls({ sql }: PoolState, iteration: number): CallSummary[] {
  const rows = sql(
    `SELECT role, profile, calls, cost, nullif(currency, '') AS currency FROM call_tally WHERE iteration = ?
     ORDER BY role, profile, currency`,
  ).all(iteration) as Array<CallSummary & { cost: number }>;
  return rows.map((row) => ({ ...row, cost: row.currency === null ? null : row.cost }));
}
