import type { Role } from "../models/types.ts";
import type { StageName, StageState } from "../store/iterations.ts";
import { STAGES } from "../store/iterations.ts";
import type { Store } from "../store/store.ts";
import type { PoolState } from "./poolState.ts";
import { type VerdictFigures, verdictFigures } from "./verdictFigures.ts";

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

/** Where an iteration stands, as the views show it: a person's overrides count, excluded instructions do not. */
export interface IterationSummary {
  readonly number: number;
  readonly mode: "lazy" | "full";
  readonly tau: number;
  /** N: how many instructions the iteration wants approved. */
  readonly wanted: number;
  readonly trainPool: number;
  readonly cachePool: number;
  readonly draw: VerdictFigures;
  readonly panel: VerdictFigures;
  readonly candidates: { readonly passed: number; readonly filtered: number };
  /** Those that have begun, in their order. */
  readonly stages: readonly StageSummary[];
  readonly calls: readonly CallSummary[];
  /** Whether its approval is finished. */
  readonly finished: boolean;
}

/** Where each iteration stands, the first one first; what has not changed is not counted again. */
export function iterationSummaries(store: Store, state: PoolState): IterationSummary[] {
  return store.iterations.all().map(({ number, config }) => ({
    number,
    mode: config.discrimination.mode,
    tau: config.discrimination.tau,
    wanted: config.loop.newInstructions,
    trainPool: poolSize(state, "train", number),
    cachePool: poolSize(state, "cache", number),
    draw: verdictFigures(state, "draw", { iteration: number, tau: config.discrimination.tau }),
    panel: verdictFigures(state, "panel", { iteration: number, tau: config.discrimination.tau }),
    candidates: candidates(state, number),
    stages: STAGES.flatMap((name) => {
      const stage = store.iterations.stage(number, name);
      return stage ? [{ name, state: stage.state, note: stage.note, milliseconds: stage.milliseconds }] : [];
    }),
    calls: calls(state, number),
    finished: state.sql("SELECT 1 FROM temp.finished WHERE iteration = ?").get(number) !== undefined,
  }));
}

/** How many instructions of a pool of an iteration are not left out. */
export function poolSize({ sql }: PoolState, pool: "train" | "cache", iteration: number): number {
  const range = pool === "train" ? "=" : "<=";
  return sql(
    `SELECT (SELECT coalesce(sum(members), 0) FROM pool_tally WHERE pool = @pool AND iteration ${range} @iteration)
       - (SELECT count(*) FROM temp.left_out l CROSS JOIN pool_member m
          ON m.pool = @pool AND m.instruction_id = l.id AND m.iteration ${range} @iteration)`,
  )
    .pluck()
    .get({ pool, iteration }) as number;
}

function candidates(state: PoolState, iteration: number): IterationSummary["candidates"] {
  const newest = state.sql("SELECT max(instruction_id) FROM candidate").pluck().get();
  return state.rememberWhile(
    `candidates/${iteration}`,
    `${newest}`,
    () =>
      state
        .sql(
          `SELECT coalesce(sum(filter IS NULL), 0) AS passed, coalesce(sum(filter IS NOT NULL), 0) AS filtered
           FROM candidate WHERE iteration = ?`,
        )
        .get(iteration) as IterationSummary["candidates"],
  );
}

function calls({ sql }: PoolState, iteration: number): CallSummary[] {
  const rows = sql(
    `SELECT role, profile, calls, cost, nullif(currency, '') AS currency FROM call_tally WHERE iteration = ?
     ORDER BY role, profile, currency`,
  ).all(iteration) as Array<CallSummary & { cost: number }>;
  return rows.map((row) => ({ ...row, cost: row.currency === null ? null : row.cost }));
}
