import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { flipRate } from "../referee/bias.ts";
import { deriveVerdict, isHard, type PairVerdict, type RatedPair } from "../referee/verdict.ts";
import type { FirstShown, Rating, Verdict } from "../store/ratings.ts";
import { type Rerating, ReratingRepository } from "../store/reratings.ts";
import type { Store } from "../store/store.ts";

/** What a re-rating changes, or would change. */
export interface ReratingSummary {
  readonly rerating: number;
  readonly iteration: number;
  readonly profile: string;
  /** Whether every pair was gone through. */
  readonly done: boolean;
  /** Whether its verdicts are the iteration's now. */
  readonly applied: boolean;
  /** Pairs that were rated again, and of them those that are scored now. */
  readonly pairs: number;
  readonly scored: number;
  /** Of the pairs that are scored both times: easy before and hard now, and the other way round. */
  readonly toHard: number;
  readonly toEasy: number;
  /** Over the pairs that are scored both times, the new gap minus the former; null when there are none. */
  readonly meanChange: number | null;
  /** How often the winner changes when the answers change places; null when there is nothing to count. */
  readonly flipRate: number | null;
}

/** A pair as it was rated again. */
interface Again {
  readonly scores: ReadonlyMap<FirstShown, RatedPair | null>;
  readonly verdict: PairVerdict;
}

/** Verdicts of one transaction: small enough that others get their turn. */
const SLICE = 250;

/**
 * What a re-rating says beside the verdicts that the iteration has.
 *
 * @throws LionError of kind `input` when there is no such re-rating.
 */
export function reratingSummary(store: Store, id: number): ReratingSummary {
  const rerating = reratingOf(store, id);
  const { tau } = rulesOf(store, rerating.iteration);
  const again = ratedAgain(store, rerating);
  const former = new Map(
    (["panel", "draw"] as const)
      .flatMap((scope) => store.ratings.verdicts(rerating.iteration, scope))
      .map((verdict) => [verdict.instructionId, verdict]),
  );
  const changes = [...again].flatMap(([instructionId, { verdict }]) => {
    const before = former.get(instructionId)?.gap ?? null;
    return verdict.state === "scored" && before !== null ? [{ before, now: verdict.gap }] : [];
  });
  const hardChange = changes.map(({ before, now }) => Number(isHard(now, tau)) - Number(isHard(before, tau)));
  const both = [...again.values()].map(({ scores }) => ({
    teacherFirst: scores.get("teacher") ?? null,
    studentFirst: scores.get("student") ?? null,
  }));
  return {
    rerating: id,
    iteration: rerating.iteration,
    profile: rerating.profile,
    done: rerating.state === "done",
    applied: rerating.appliedAt !== null,
    pairs: again.size,
    scored: [...again.values()].filter(({ verdict }) => verdict.state === "scored").length,
    toHard: hardChange.filter((change) => change > 0).length,
    toEasy: hardChange.filter((change) => change < 0).length,
    meanChange:
      changes.length === 0 ? null : changes.reduce((sum, { before, now }) => sum + now - before, 0) / changes.length,
    flipRate: flipRate(both).share,
  };
}

/**
 * Puts a re-rating's verdicts in the place of the iteration's, draw and panel. A person's verdicts stay, and no rating is
 * touched; the former verdicts can be derived again from the discrimination's own ratings. Doing it again changes nothing.
 *
 * @returns what it has changed.
 * @throws LionError of kind `input` when there is no such re-rating, or it is not finished or taken over already.
 */
export function applyRerating(store: Store, clock: Clock, id: number): ReratingSummary {
  const rerating = reratingOf(store, id);
  if (rerating.state !== "done") {
    throw new LionError("input", `Re-rating ${id} was broken off: let it end before its verdicts are taken over.`);
  }
  if (rerating.appliedAt !== null) {
    throw new LionError("input", `The verdicts of re-rating ${id} have been taken over already.`);
  }
  const summary = reratingSummary(store, id);
  const again = ratedAgain(store, rerating);
  const verdicts = (["draw", "panel"] as const).flatMap((scope) => store.ratings.verdicts(rerating.iteration, scope));
  const replaced = verdicts.flatMap((verdict) => {
    const pair = again.get(verdict.instructionId);
    return pair && verdict.source === "referee" ? [withScores(verdict, pair.verdict)] : [];
  });
  for (let start = 0; start < replaced.length; start += SLICE) {
    store.write(() => {
      for (const verdict of replaced.slice(start, start + SLICE)) {
        store.ratings.putVerdict(verdict, id);
      }
    });
  }
  store.write(() => new ReratingRepository(store.connection).markApplied(id, clock.now()));
  return { ...summary, applied: true };
}

function withScores(verdict: Verdict, again: PairVerdict): Verdict {
  const scored = again.state === "scored" ? again : null;
  return {
    ...verdict,
    state: again.state,
    gap: scored?.gap ?? null,
    teacherScore: scored?.teacher ?? null,
    studentScore: scored?.student ?? null,
    contradictory: scored?.contradictory ?? false,
  };
}

function reratingOf(store: Store, id: number): Rerating {
  const rerating = new ReratingRepository(store.connection).get(id);
  if (!rerating) {
    throw new LionError("input", `There is no re-rating ${id}: \`lion rerate\` says the number of each.`);
  }
  return rerating;
}

function rulesOf(store: Store, iteration: number): { tau: number; margin: number; orders: readonly FirstShown[] } {
  const found = store.iterations.all().find(({ number }) => number === iteration);
  if (!found) {
    throw new Error(`Iteration ${iteration} has a re-rating and is not there.`);
  }
  const { tau, contradictionMargin, orders } = found.config.discrimination;
  return { tau, margin: contradictionMargin, orders: orders === "both" ? ["teacher", "student"] : ["teacher"] };
}

/** The pairs by instruction, judged by the iteration's own rules. */
function ratedAgain(store: Store, { id, iteration }: Rerating): Map<number, Again> {
  const { margin, orders } = rulesOf(store, iteration);
  const byInstruction = new Map<number, Rating[]>();
  for (const rating of store.ratings.ofRerating(id)) {
    const ratings = byInstruction.get(rating.instructionId);
    if (ratings) {
      ratings.push(rating);
    } else {
      byInstruction.set(rating.instructionId, [rating]);
    }
  }
  return new Map(
    [...byInstruction].map(([instructionId, ratings]) => {
      // Oldest first: of an order that was asked again in other words the last rating counts.
      const scores = new Map(ratings.map(({ firstShown, scores }) => [firstShown, scores] as const));
      const verdict = deriveVerdict(
        orders.map((order) => scores.get(order) ?? null),
        { margin },
      );
      return [instructionId, { scores, verdict }];
    }),
  );
}
