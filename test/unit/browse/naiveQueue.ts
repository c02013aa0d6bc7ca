import type { CandidateQuery, CompareQuery, QueueEntry, QueueOptions } from "../../../src/core/browse/queues.ts";
import { seedFrom } from "../../../src/core/hash.ts";
import { type Instruction, instructionOf } from "../../../src/core/pool/instruction.ts";
import { isHard, isStudentAhead } from "../../../src/core/referee/verdict.ts";
import { stateOf } from "../../../src/core/review/candidateState.ts";
import {
  effectiveState,
  holding,
  instructionSubject,
  isRepeat,
  isSecondOpinion,
  opinionOf,
  verdictSubject,
} from "../../../src/core/review/fold.ts";
import type { Decision } from "../../../src/core/store/decisions.ts";
import type { Verdict } from "../../../src/core/store/ratings.ts";
import type { Store } from "../../../src/core/store/store.ts";
import { holds } from "./naive.ts";

/** The queue as it should be, computed in memory from the repositories and the fold. */
export function naiveQueue(
  store: Store,
  query: CandidateQuery | CompareQuery,
  { actor, config: { review, seed } }: QueueOptions,
): QueueEntry[] {
  const all = store.decisions.upTo();
  const held = holding(all);
  const { disputed } = effectiveState(all);
  const isDrawn = (share: number, name: string): boolean => seedFrom(name) < share * 2 ** 31;
  const mine = all.filter((one) => one.actor === actor && one.context !== "suggestion" && opinionOf(one) !== null);
  const first: QueueEntry[] = [];
  const others: QueueEntry[] = [];
  for (const { id, iteration, isFirst, isOpen } of population(store, query)) {
    const subject = query.kind === "verdicts" ? verdictSubject(iteration, id) : instructionSubject(id);
    const entry = { instructionId: id, iteration, again: null, subject };
    if (isFirst) {
      first.push({ ...entry, reason: "first" });
      continue;
    }
    const opinions = held.filter((one) => one.subject === subject && opinionOf(one) !== null);
    const given = opinions.filter((one) => !isRepeat(one));
    const people = new Set(given.map((one) => one.actor));
    const standing = standingOf(given);
    if (!isOpen || !standing || disputed.has(subject)) {
      continue;
    }
    const isAnothers = standing.actor !== actor && standing.actor !== "lion" && people.size === 1;
    if (isAnothers && isDrawn(review.overlap, `${seed}/overlap/${subject}`)) {
      others.push({ ...entry, reason: "second" });
    }
    const later = mine.filter((one) => one.id > standing.id).length;
    const isRepeated = opinions.some((one) => one.payload.again === standing.id);
    if (standing.actor === actor && later >= 20 && !isRepeated) {
      if (isDrawn(review.again, `${seed}/again/${subject}/${actor}`)) {
        others.push({ ...entry, reason: "again", again: standing.id });
      }
    }
  }
  const spliced = first.flatMap((entry, at) => {
    const other = (at + 1) % 10 === 0 ? others.shift() : undefined;
    return other ? [entry, other] : [entry];
  });
  return [...spliced, ...others];
}

/** The opinion that counts: the latest one, but a second opinion only where there is no first. */
function standingOf(given: readonly Decision[]): Decision | undefined {
  return given.reduce<Decision | undefined>((first, one) => (first && isSecondOpinion(one) ? first : one), undefined);
}

interface Member {
  readonly id: number;
  readonly iteration: number;
  /** Whether the query shows it for its own sake. */
  readonly isFirst: boolean;
  /** Whether the query shows only what is undecided, so that some of the rest comes once more. */
  readonly isOpen: boolean;
}

function population(store: Store, query: CandidateQuery | CompareQuery): Member[] {
  const decided = effectiveState(store.decisions.upTo());
  const isGone = (id: number): boolean =>
    decided.excluded.has(id) || decided.superseded.has(id) || decided.withdrawn.has(id);
  const textOf = (id: number): Instruction => store.instructions.get(id) as Instruction;
  const matches = (id: number): boolean =>
    query.hasText === undefined || holds({ text: instructionOf(textOf(id)) }, query.hasText);
  const length = (id: number): number => JSON.stringify(textOf(id).turns).length + textOf(id).input.length;
  if (query.kind === "candidates") {
    const isOpen = query.state === "waiting" || query.state === "filtered";
    return store.candidates
      .all()
      .filter(({ instructionId: id, iteration, half, filter }) => {
        const isMeant = query.iteration === undefined || iteration === query.iteration;
        const isOfHalf = query.half === undefined || (half ?? "imported") === query.half;
        const isFitting = !isOpen || (query.state === "waiting") === (filter === null);
        return isMeant && isOfHalf && isFitting && !isGone(id) && matches(id);
      })
      .sort((a, b) => {
        const [x, y] = [a.instructionId, b.instructionId];
        const by = {
          newest: y - x,
          oldest: x - y,
          length: length(y) - length(x) || y - x,
          nearest: (b.nearestScore ?? -1) - (a.nearestScore ?? -1) || y - x,
        };
        return by[query.sort];
      })
      .map((one) => {
        const isFirst = stateOf(one, decided) === query.state;
        return { id: one.instructionId, iteration: one.iteration, isOpen, isFirst };
      });
  }
  const opined = new Set(
    holding(store.decisions.upTo())
      .filter((one) => opinionOf(one) !== null && !isRepeat(one))
      .map(({ subject }) => subject),
  );
  const { iteration, group, sort } = query;
  const isOpen = group !== "all" && group !== "disputed";
  const rank = ({ gap }: Verdict): number => gap ?? -100;
  return store.ratings
    .verdicts(iteration, "draw")
    .filter((verdict) => isInGroup(verdict, group) && !isGone(verdict.instructionId) && matches(verdict.instructionId))
    .sort((a, b) => {
      const [x, y] = [a.instructionId, b.instructionId];
      const byGap = group === "studentAhead" ? rank(a) - rank(b) || x - y : rank(b) - rank(a) || y - x;
      return { gap: byGap, draw: a.position - b.position, newest: y - x, length: length(y) - length(x) || y - x }[sort];
    })
    .map(({ instructionId: id }) => {
      const subject = verdictSubject(iteration, id);
      const isFirst = group === "all" || (group === "disputed" ? decided.disputed.has(subject) : !opined.has(subject));
      return { id, iteration, isOpen, isFirst };
    });
}

/** By τ = 1. */
function isInGroup({ gap, contradictory }: Verdict, group: CompareQuery["group"]): boolean {
  switch (group) {
    case "hard":
      return gap !== null && isHard(gap, 1);
    case "easy":
      return gap !== null && !isHard(gap, 1);
    case "unscored":
      return gap === null;
    case "contradictory":
      return contradictory;
    case "studentAhead":
      return gap !== null && isStudentAhead(gap, 1);
    default:
      return true;
  }
}
