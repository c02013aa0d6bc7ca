import { isFinished } from "../review/approval.ts";
import { STAGES, type StageName } from "../store/iterations.ts";
import type { Store } from "../store/store.ts";

/**
 * The iteration that newly imported instructions join: the first one before its start, later the coming one, since a
 * running iteration keeps the pools it began with.
 */
export function nextOpenIteration(store: Store): number {
  return (store.iterations.latest()?.number ?? 0) + 1;
}

/**
 * The iteration that is worked on next, and the stages that it still has to go through. A finished approval leaves its
 * generation nothing to do, though the stage is closed only by the next run.
 */
export function iterationAtHand(store: Store): { readonly number: number; readonly stages: readonly StageName[] } {
  const number = store.iterations.latest()?.number;
  if (number === undefined) {
    return { number: 1, stages: STAGES };
  }
  const open = STAGES.filter(
    (name) =>
      store.iterations.stage(number, name)?.state !== "done" && !(name === "generation" && isFinished(store, number)),
  );
  return open.length > 0 ? { number, stages: open } : { number: number + 1, stages: STAGES };
}
