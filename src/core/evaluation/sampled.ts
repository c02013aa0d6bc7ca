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
}

interface SampledRating {
  readonly instructionId: number;
  readonly teacherAnswerId: number;
  readonly studentAnswerId: number;
  readonly firstShown: FirstShown;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
}

const SAMPLE = `
  SELECT * FROM verdict WHERE iteration = @iteration AND scope = iif(
    EXISTS (SELECT 1 FROM verdict WHERE iteration = @iteration AND scope = 'draw'), 'draw', 'panel')
  ORDER BY position LIMIT @size`;

const SAMPLED_PAIRS = `
  SELECT v.instruction_id AS instructionId, length(t.text) AS teacherLength, length(s.text) AS studentLength
  FROM (${SAMPLE}) v
  CROSS JOIN answer t ON t.id = v.teacher_answer_id
  CROSS JOIN answer s ON s.id = v.student_answer_id`;

const SAMPLED_RATINGS = `
  SELECT r.instruction_id AS instructionId, r.teacher_answer_id AS teacherAnswerId,
    r.student_answer_id AS studentAnswerId, r.first_shown AS firstShown, r.teacher_score AS teacherScore,
    r.student_score AS studentScore
  FROM (${SAMPLE}) v
  CROSS JOIN rating r ON r.instruction_id = v.instruction_id AND r.teacher_answer_id = v.teacher_answer_id
    AND r.student_answer_id = v.student_answer_id AND r.rerating_id IS v.rerating_id
  ORDER BY r.id`;

/** Lengths of the compared answers and the referee's figures in an iteration: of its draw, else of its panel. */
export function sampledFigures(
  connection: Connection,
  iteration: number,
  isExcluded: (instructionId: number) => boolean,
): { lengths: LengthSummary; referee: RefereeSummary } {
  const sample = { iteration, size: SAMPLE_SIZE };
  const sampled = connection.prepare(SAMPLED_PAIRS).all(sample) as SampledPair[];
  // An instruction is in the sample once, so that it names its pair.
  const pairs = new Map(
    sampled.filter(({ instructionId }) => !isExcluded(instructionId)).map((pair) => [pair.instructionId, pair]),
  );
  const rows = connection.prepare(SAMPLED_RATINGS).all(sample) as SampledRating[];
  const ratings = rows.flatMap(({ teacherScore: teacher, studentScore: student, ...row }) => {
    const pair = pairs.get(row.instructionId);
    const scores = teacher === null || student === null ? null : { teacher, student };
    return pair ? [{ ...row, ...pair, scores }] : [];
  });
  const lengths = [...pairs.values()];
  const orders = ratedPairs(ratings);
  const differences = ratings.flatMap(({ scores, teacherLength, studentLength }) =>
    scores ? [{ length: teacherLength - studentLength, score: scores.teacher - scores.student }] : [],
  );
  return {
    lengths: {
      pairs: lengths.length,
      teacher: quartiles(lengths.map(({ teacherLength }) => teacherLength)),
      student: quartiles(lengths.map(({ studentLength }) => studentLength)),
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
