import type { PoolFilter, PoolRow, RowSort } from "../../../src/core/browse/types.ts";
import { instructionOf } from "../../../src/core/pool/instruction.ts";
import { isHard, isStudentAhead } from "../../../src/core/referee/verdict.ts";
import { effectiveState, halfOf, verdictSubject } from "../../../src/core/review/fold.ts";
import { currentPools } from "../../../src/core/review/pools.ts";
import type { Store } from "../../../src/core/store/store.ts";

/** A row with what sorting and filtering look at. */
export type NaiveRow = PoolRow & { readonly characters: number; readonly source: number; readonly rated: boolean };

/** The pool that the views should show, computed in memory from the repositories and the fold. */
export function naivePool(store: Store, pool: "train" | "cache", iteration: number, tau: number): NaiveRow[] {
  const decided = effectiveState(store.decisions.upTo());
  const latest = store.iterations.latest()?.number ?? 0;
  const current = currentPools(store);
  const joinedIn = new Map<number, number>();
  for (let joined = latest + 1; joined >= 1; joined--) {
    for (const id of store.pools.cache(joined)) {
      joinedIn.set(id, joined);
    }
  }
  const ids = pool === "train" ? current.train : iteration >= latest ? current.cache : store.pools.cache(iteration);
  const verdicts = new Map(
    store.ratings.verdicts(iteration, "draw").map((verdict) => [verdict.instructionId, verdict]),
  );
  return ids
    .filter((id) => !decided.excluded.has(id) && !decided.superseded.has(id))
    .flatMap((id) => store.instructions.get(id) ?? [])
    .map((instruction): NaiveRow => {
      const { id } = instruction;
      const verdict = verdicts.get(id);
      const gap = verdict?.gap ?? null;
      const override = verdict && decided.overrides.get(verdictSubject(iteration, id));
      const scored = gap === null ? "unscored" : isHard(gap, tau) ? "hard" : "easy";
      return {
        id,
        text: instructionOf(instruction).slice(0, 200),
        origin: instruction.origin,
        iteration: joinedIn.get(id) ?? latest + 1,
        state: verdict ? (override ? halfOf(override, tau) : scored) : "not-rated",
        overridden: override !== undefined,
        gap,
        contradictory: verdict?.contradictory ?? false,
        studentAhead: gap !== null && isStudentAhead(gap, tau),
        teacherScore: verdict?.teacherScore ?? null,
        studentScore: verdict?.studentScore ?? null,
        characters: JSON.stringify(instruction.turns).length + instruction.input.length,
        source: instruction.sourceId ?? 0,
        rated: verdict !== undefined,
      };
    });
}

/** Whether all words occur; the last one may be a beginning. */
export function holds(row: { readonly text: string }, typed: string): boolean {
  const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain(row.text).split(/[^\p{L}\p{N}]+/u);
  const wanted = plain(typed)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  return wanted.every((word, at) =>
    words.some((one) => one === word || (at === wanted.length - 1 && word.length > 1 && one.startsWith(word))),
  );
}

export function matches(row: NaiveRow, filter: PoolFilter): boolean {
  return (
    (!filter.contradictory || row.contradictory) &&
    (!filter.studentAhead || row.studentAhead) &&
    (filter.origin === undefined || row.origin === filter.origin) &&
    (filter.joined === undefined || row.iteration === filter.joined) &&
    (filter.hasText === undefined || holds(row, filter.hasText))
  );
}

export function sorted(rows: readonly NaiveRow[], sort: RowSort): NaiveRow[] {
  const rank = (row: NaiveRow): number => {
    switch (sort) {
      case "gap":
        return row.gap ?? (row.rated ? -100 : -200);
      case "length":
        return row.characters;
      default:
        return 0;
    }
  };
  const direction = sort === "oldest" ? 1 : -1;
  return rows.toSorted((a, b) => direction * (rank(a) - rank(b) || a.id - b.id));
}
