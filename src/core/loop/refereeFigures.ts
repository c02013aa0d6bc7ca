import { type BothOrders, firstPositionWinRate, flipRate, lengthCorrelation, unparsedRate } from "../referee/bias.ts";
import type { AnswerLengths, Rating } from "../store/ratings.ts";

/** How a referee behaves, apart from what it judges; each is null where there is nothing to count. */
export interface RefereeFigures {
  /** Share of pairs whose winner changes when the answers change places. */
  readonly flipRate: number | null;
  /** Share of decided ratings that the answer shown first wins; 0.5 is unbiased. */
  readonly firstPositionRate: number | null;
  /** Pearson's correlation of length and score differences. */
  readonly lengthCorrelation: number | null;
  /** Share of replies that could not be read. */
  readonly unparsedRate: number | null;
}

type RatedAnswers = Pick<Rating, "instructionId" | "teacherAnswerId" | "studentAnswerId" | "firstShown" | "scores">;

/** Ratings, oldest first, as the pairs of answers that they compare; of a rating that was asked again the last counts. */
export function ratedPairs(ratings: readonly RatedAnswers[]): BothOrders[] {
  const pairs = new Map<string, BothOrders>();
  for (const { instructionId, teacherAnswerId, studentAnswerId, firstShown, scores } of ratings) {
    const pair = `${instructionId}/${teacherAnswerId}/${studentAnswerId}`;
    const known = pairs.get(pair) ?? { teacherFirst: null, studentFirst: null };
    pairs.set(pair, firstShown === "teacher" ? { ...known, teacherFirst: scores } : { ...known, studentFirst: scores });
  }
  return [...pairs.values()];
}

/** The referee's figures over ratings, oldest first. */
export function refereeFigures(ratings: ReadonlyArray<Rating & AnswerLengths>): RefereeFigures {
  const all = ratedPairs(ratings);
  const differences = ratings.flatMap(({ scores, teacherLength, studentLength }) =>
    scores ? [{ length: teacherLength - studentLength, score: scores.teacher - scores.student }] : [],
  );
  return {
    flipRate: flipRate(all).share,
    firstPositionRate: firstPositionWinRate(all).share,
    lengthCorrelation: lengthCorrelation(differences),
    unparsedRate: unparsedRate(ratings.map(({ scores }) => scores)).share,
  };
}
