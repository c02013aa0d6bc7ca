import type { Store } from "../store/store.ts";
import { currentVersion, type EffectiveState, effectiveState } from "./fold.ts";

/** The two pools as lists of instruction ids, in their order. */
export interface Pools {
  readonly iteration: number;
  readonly train: readonly number[];
  readonly cache: readonly number[];
}

/**
 * What becomes the Train pool when the next imitation starts: everything that is approved by the decisions up to an id,
 * is not excluded and has never been in a Train pool, in the order of the candidates' ids. An edited instruction is
 * replaced by its latest version; where that is a candidate, its own approval counts. The Cache grows by the same
 * instructions.
 */
export function nextTrainPool(store: Store, upToDecision: number): number[] {
  const decided = effectiveState(store.decisions.upTo(upToDecision));
  const trained = store.pools.everTrained();
  const isFresh = (id: number): boolean => !trained.has(id) && !decided.excluded.has(id) && !decided.withdrawn.has(id);
  const ids = [...decided.approved.keys()].sort((a, b) => a - b).filter(isFresh);
  const versions = ids.flatMap((id) => {
    const current = currentVersion(id, decided);
    return current === id || store.candidates.get(current) === null ? [current] : [];
  });
  return [...new Set(versions)].filter(isFresh);
}

/**
 * The pools as they stand: those of the newest iteration, or already the coming ones once its approval is finished.
 * Excluded instructions are members still; see `withoutExcluded`.
 */
export function currentPools(store: Store): Pools {
  const latest = store.iterations.latest()?.number;
  if (latest === undefined) {
    return { iteration: 1, train: store.pools.train(1), cache: store.pools.cache(1) };
  }
  const decisions = store.decisions.upTo();
  if (!effectiveState(decisions).finished.has(latest)) {
    return { iteration: latest, train: store.pools.train(latest), cache: store.pools.cache(latest) };
  }
  const coming = nextTrainPool(store, store.decisions.highestId());
  const join = (members: readonly number[]): number[] => [...new Set([...members, ...coming])];
  return {
    iteration: latest + 1,
    train: join(store.pools.train(latest + 1)),
    cache: join(store.pools.cache(latest + 1)),
  };
}

/** The ids that are not excluded, in their order. */
export function withoutExcluded(ids: readonly number[], { excluded }: Pick<EffectiveState, "excluded">): number[] {
  return ids.filter((id) => !excluded.has(id));
}
