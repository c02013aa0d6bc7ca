import type { Store } from "../store/store.ts";
import { type EffectiveState, effectiveState, instructionSubject } from "./fold.ts";

/**
 * What was decided about some instructions: with a long log, far less to read than all of it. What they were edited from
 * is looked at too, since an edit that does not hold takes away what it made.
 */
export function decidedAbout(store: Store, ids: readonly number[]): EffectiveState {
  const all = [...ids, ...store.instructions.originalsOf(ids)];
  return effectiveState(store.decisions.aboutAny(all.map(instructionSubject)));
}
