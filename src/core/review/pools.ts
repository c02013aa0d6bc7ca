import type { Store } from "../store/store.ts";
import { effectiveState } from "./fold.ts";

/**
 * The coming Train pool: every candidate that is approved, not excluded and was in no Train pool before, oldest first.
 * They also join the Cache (Lion, section 3.3: exactly the new instructions train, old and new make the Cache).
 *
 * @param decisionFloor decisions after this one count later.
 */
export function nextTrainPool(store: Store, decisionFloor: number): number[] {
  const { approved, excluded } = effectiveState(store.decisions.upTo(decisionFloor));
  const trained = store.pools.everTrained();
  return [...approved].filter((id) => !excluded.has(id) && !trained.has(id)).sort((a, b) => a - b);
}
