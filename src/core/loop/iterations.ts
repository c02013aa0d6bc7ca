import type { Store } from "../store/store.ts";

/**
 * The iteration that newly imported instructions join: the first one before its start, later the coming one, since a
 * running iteration keeps the pools it began with.
 */
export function nextOpenIteration(store: Store): number {
  return (store.iterations.latest()?.number ?? 0) + 1;
}
