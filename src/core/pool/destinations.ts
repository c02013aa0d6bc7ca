import { stateOf } from "../review/candidateState.ts";
import { effectiveState } from "../review/fold.ts";
import type { Store } from "../store/store.ts";

/** Where a file is imported to. */
export type DestinationName = "pools" | "cache" | "candidates" | "evaluation";

type Purpose = "training" | "evaluation";

/** What a destination does with instructions. Used within one import; `join` is called inside its transactions. */
export interface Destination {
  readonly purpose: Purpose;
  /** Why an instruction with the text of another purpose's must stay out; null when it may come in. */
  conflictWith(stored: { readonly id: number; readonly purpose: Purpose }): string | null;
  /** Whether an instruction is in this destination already. */
  has(id: number): boolean;
  /** Takes instructions in, in their order. */
  join(members: ReadonlyArray<{ readonly id: number; readonly line: number }>): void;
}

/** The destination of a name. @param iteration the one that new instructions belong to. */
export function destinationOf(name: DestinationName, store: Store, iteration: number, now: () => number): Destination {
  switch (name) {
    case "pools":
      return poolsDestination(store, iteration, true);
    case "cache":
      return poolsDestination(store, iteration, false);
    case "candidates":
      return candidatesDestination(store, iteration, now);
    case "evaluation":
      return evaluationDestination(store);
  }
}

const refuseEvaluation: Destination["conflictWith"] = ({ id, purpose }) =>
  purpose === "evaluation" ? `is the evaluation instruction #${id}, which must not be trained on` : null;

function poolsDestination(store: Store, iteration: number, trained: boolean): Destination {
  const cache = new Set(store.pools.cache(Number.MAX_SAFE_INTEGER));
  // What was trained on in an earlier iteration is not trained on again because a file brings it once more.
  const train = trained ? store.pools.everTrained() : null;
  return {
    purpose: "training",
    conflictWith: refuseEvaluation,
    has: (id) => cache.has(id) && (train?.has(id) ?? true),
    join: (members) => {
      const ids = members.map(({ id }) => id);
      store.pools.add("cache", iteration, fresh(ids, cache));
      if (train) {
        store.pools.add("train", iteration, fresh(ids, train));
      }
    },
  };
}

/** The ids that are not known yet; they are from now on. */
function fresh(ids: readonly number[], known: Set<number>): number[] {
  return ids.filter((id) => {
    const isNew = !known.has(id);
    known.add(id);
    return isNew;
  });
}

function candidatesDestination(store: Store, iteration: number, now: () => number): Destination {
  const known = new Set([
    ...store.pools.cache(Number.MAX_SAFE_INTEGER),
    ...store.candidates.all().map(({ instructionId }) => instructionId),
  ]);
  return {
    purpose: "training",
    conflictWith: refuseEvaluation,
    has: (id) => known.has(id),
    join: (members) => {
      for (const { id, line } of members) {
        if (known.has(id)) {
          continue;
        }
        known.add(id);
        store.candidates.add(
          {
            instructionId: id,
            iteration,
            half: null,
            ordinal: line,
            parentId: null,
            answerId: null,
            filter: null,
            filterDetail: null,
            nearestId: null,
            nearestScore: null,
          },
          now(),
        );
      }
    },
  };
}

function evaluationDestination(store: Store): Destination {
  const decided = effectiveState(store.decisions.upTo());
  const pooled = new Set([...store.pools.cache(Number.MAX_SAFE_INTEGER), ...store.pools.everTrained()]);
  const open = new Set(
    store.candidates.all().flatMap((candidate) => {
      const state = stateOf(candidate, decided);
      return state === "waiting" || state === "approved" || state === "disputed" ? [candidate.instructionId] : [];
    }),
  );
  return {
    purpose: "evaluation",
    conflictWith: ({ id, purpose }) => {
      if (purpose === "training" && pooled.has(id)) {
        return `is the instruction #${id} of the pools, and what is trained on cannot be evaluated with`;
      }
      if (purpose === "training" && open.has(id)) {
        return `is the candidate #${id}, which may be trained on: refuse that first`;
      }
      return null;
    },
    has: () => true,
    join: () => {},
  };
}
