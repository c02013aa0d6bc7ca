import { sampleCorrelation, standardDeviation } from "simple-statistics";
import type { RatedPair } from "./verdict.ts";

/** A pair of answers rated in both orders; null where a rating stayed unparsed. */
export interface BothOrders {
  readonly teacherFirst: RatedPair | null;
  readonly studentFirst: RatedPair | null;
}

/** A share and what it is a share of; `share` is null where there is nothing to count. */
export interface Share {
  readonly share: number | null;
  readonly count: number;
  readonly of: number;
}

function shareOf<T>(all: readonly T[], counts: (one: T) => boolean): Share {
  const count = all.filter(counts).length;
  return { share: all.length === 0 ? null : count / all.length, count, of: all.length };
}

const lead = (rating: RatedPair): number => rating.teacher - rating.student;

/** How often the winner changes when the answers change places, over the pairs of which both ratings were parsed. */
export function flipRate(pairs: readonly BothOrders[]): Share {
  const parsed = pairs.flatMap(({ teacherFirst, studentFirst }) =>
    teacherFirst && studentFirst ? [{ teacherFirst, studentFirst }] : [],
  );
  return shareOf(parsed, ({ teacherFirst, studentFirst }) => lead(teacherFirst) * lead(studentFirst) < 0);
}

/**
 * How often the answer that is shown first wins, over the ratings that name a winner. Over pairs rated in both orders, an
 * unbiased referee has 0.5, however unequal the answers are.
 */
export function firstPositionWinRate(pairs: readonly BothOrders[]): Share {
  const leads = pairs.flatMap(({ teacherFirst, studentFirst }) =>
    teacherFirst && studentFirst ? [lead(teacherFirst), -lead(studentFirst)] : [],
  );
  return shareOf(
    leads.filter((first) => first !== 0),
    (first) => first > 0,
  );
}

/** Share of ratings that stayed unparsed. */
export function unparsedRate(ratings: ReadonlyArray<RatedPair | null>): Share {
  return shareOf(ratings, (rating) => rating === null);
}

/** The difference in length (in whatever unit) and in score, both teacher minus student. */
export interface LengthAndScore {
  readonly length: number;
  readonly score: number;
}

/** Pearson's correlation of length and score differences; null where it is undefined (under three, or no variation). */
export function lengthCorrelation(differences: readonly LengthAndScore[]): number | null {
  const lengths = differences.map(({ length }) => length);
  const scores = differences.map(({ score }) => score);
  if (differences.length < 3 || standardDeviation(lengths) === 0 || standardDeviation(scores) === 0) {
    return null;
  }
  return sampleCorrelation(lengths, scores);
}

/** How well a set of predictions finds what it looks for; null where the figure is undefined. */
export interface DetectionQuality {
  /** Share of the predicted that are true. */
  readonly precision: number | null;
  /** Share of the true that are predicted. */
  readonly recall: number | null;
}

/** Precision and recall of the instructions called hard, against those that are. */
export function precisionRecall<T>(predictedHard: Iterable<T>, trueHard: Iterable<T>): DetectionQuality {
  const predicted = new Set(predictedHard);
  const actual = new Set(trueHard);
  const hits = predicted.intersection(actual).size;
  return {
    precision: predicted.size === 0 ? null : hits / predicted.size,
    recall: actual.size === 0 ? null : hits / actual.size,
  };
}
