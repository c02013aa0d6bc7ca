import { quantileSorted } from "simple-statistics";
import type { LengthSummary, Quartiles, RefereeSummary } from "../../protocol/dashboard.ts";
import { ratedPairs } from "../loop/refereeFigures.ts";
import { firstPositionWinRate, flipRate, lengthCorrelation, type Share, unparsedRate } from "../referee/bias.ts";
import type { Connection } from "../store/database.ts";
import type { AnswerLengths, FirstShown } from "../store/ratings.ts";
import { shareWithInterval } from "./curve.ts";
import { toInterval } from "./gaps.ts";

/**
 * Pairs of answers that lengths and the referee's figures are taken from. The draw's order is random, so that its first
 * thousand are a uniform sample: a share is then known to three hundredths, and reading it takes milliseconds.
 */
export const SAMPLE_SIZE = 1000;

interface SampledPair extends AnswerLengths {
  readonly instructionId: number;
  readonly teacherAnswerId: number;
  readonly studentAnswerId: number;
  readonly reratingId: number | null;
}

interface PairRating {
  readonly firstShown: FirstShown;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
}

const SAMPLED_PAIRS = `
  SELECT v.instruction_id AS instructionId, length(t.text) AS teacherLength, length(s.text) AS studentLength,
    v.teacher_answer_id AS teacherAnswerId, v.student_answer_id AS studentAnswerId, v.rerating_id AS reratingId
  FROM (
    SELECT * FROM verdict WHERE iteration = @iteration AND scope = iif(
      EXISTS (SELECT 1 FROM verdict WHERE iteration = @iteration AND scope = 'draw'), 'draw', 'panel')
    ORDER BY position LIMIT @size
  ) v
  CROSS JOIN answer t ON t.id = v.teacher_answer_id
  CROSS JOIN answer s ON s.id = v.student_answer_id`;

const RATINGS_OF_PAIR = `
  SELECT first_shown AS firstShown, teacher_score AS teacherScore, student_score AS studentScore
  FROM rating
  WHERE instruction_id = @instructionId AND teacher_answer_id = @teacherAnswerId
    AND student_answer_id = @studentAnswerId AND rerating_id IS @reratingId
  ORDER BY id`;

/** Lengths of the compared answers and the referee's figures in an iteration: of its draw, else of its panel. */
export function sampledFigures(
  connection: Connection,
  iteration: number,
  isExcluded: (instructionId: number) => boolean,
): { lengths: LengthSummary; referee: RefereeSummary } {
  const sampled = connection.prepare(SAMPLED_PAIRS).all({ iteration, size: SAMPLE_SIZE }) as SampledPair[];
  const pairs = sampled.filter(({ instructionId }) => !isExcluded(instructionId));
  const ratingsOf = connection.prepare(RATINGS_OF_PAIR);
  const ratings = pairs.flatMap((pair) =>
    (ratingsOf.all(pair) as PairRating[]).map(({ firstShown, teacherScore: teacher, studentScore: student }) => ({
      ...pair,
      firstShown,
      scores: teacher === null || student === null ? null : { teacher, student },
    })),
  );
  const orders = ratedPairs(ratings);
  const differences = ratings.flatMap(({ scores, teacherLength, studentLength }) =>
    scores ? [{ length: teacherLength - studentLength, score: scores.teacher - scores.student }] : [],
  );
  return {
    lengths: {
      pairs: pairs.length,
      teacher: quartiles(pairs.map(({ teacherLength }) => teacherLength)),
      student: quartiles(pairs.map(({ studentLength }) => studentLength)),
    },
    referee: {
      pairs: orders.length,
      flipRate: intervalOf(flipRate(orders)),
      firstPositionRate: intervalOf(firstPositionWinRate(orders)),
      lengthCorrelation: lengthCorrelation(differences),
      unparsedRate: intervalOf(unparsedRate(ratings.map(({ scores }) => scores))),
    },
  };
}

function intervalOf({ count, of }: Share): RefereeSummary["flipRate"] {
  return toInterval(shareWithInterval(count, of));
}

/** Lower quartile, median and upper quartile; null without values. */
export function quartiles(values: readonly number[]): Quartiles | null {
  if (values.length === 0) {
    return null;
  }
  const sorted = values.toSorted((a, b) => a - b);
  return { low: quantileSorted(sorted, 0.25), median: quantileSorted(sorted, 0.5), high: quantileSorted(sorted, 0.75) };
}
