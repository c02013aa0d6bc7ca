import type { PoolState } from "./poolState.ts";

/** Of an iteration that is not there: the paper's. */
const USUAL_TAU = 1;

/** The τ that an iteration was frozen with. */
export function tauOf({ sql }: PoolState, iteration: number): number {
  const tau = sql("SELECT config ->> '$.discrimination.tau' FROM iteration WHERE number = ?").pluck().get(iteration);
  return Number(tau ?? USUAL_TAU);
}
