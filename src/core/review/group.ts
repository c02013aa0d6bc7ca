import type { Clock } from "../clock.ts";
import type { NewDecision } from "../store/decisions.ts";
import type { Store } from "../store/store.ts";

/**
 * Adds decisions that belong together, in one transaction, so that they can be undone together. The group is named
 * after the first of them, which makes equal runs give equal rows.
 */
export function addGroup(
  store: Store,
  clock: Clock,
  actor: string,
  decisions: ReadonlyArray<Omit<NewDecision, "actor" | "groupId">>,
): void {
  store.write(() => {
    const groupId = `group-${store.decisions.highestId() + 1}`;
    const now = clock.now();
    for (const decision of decisions) {
      store.decisions.add({ ...decision, actor, groupId }, now);
    }
  });
}
