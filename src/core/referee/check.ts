import * as z from "zod";
import { LionError, messageOf } from "../errors.ts";
import { type PairScores, parseScores } from "./parse.ts";
import { deriveVerdict, isHard } from "./verdict.ts";

/** The thresholds of the paper's sweep (Lion, table 4), and 3 beyond it. */
const TAUS = ["0", "0.5", "1", "1.5", "2", "3"] as const;

/** A review in FastChat's format of 2023: the referee's reply, and the scores that were stored with it. */
const reviewSchema = z.object({ text: z.string(), score: z.tuple([z.number(), z.number()]) });

/** How the scores read from texts compare with those stored beside them; teacher is the first answer. */
export interface ReviewCheck {
  readonly reviews: number;
  readonly parsed: number;
  /** Parsed to the stored scores. */
  readonly agreeing: number;
  /** Sum of the second answers' scores over the sum of the first ones', in percent with one decimal; null without scores. */
  readonly relativeScore: number | null;
  /** How many instructions are hard at each τ. */
  readonly hard: Readonly<Record<(typeof TAUS)[number], number>>;
}

/**
 * Reads reviews (JSONL) and parses the scores from their texts alone.
 * @param name The file's name, for the error messages.
 * @throws LionError when a line is no review.
 */
export function checkReviews(jsonl: string, name = "the reviews"): ReviewCheck {
  const reviews = readReviews(jsonl, name);
  const scores: PairScores[] = [];
  let agreeing = 0;
  for (const { text, score } of reviews) {
    const parsed = parseScores(text);
    if (!("unparsed" in parsed)) {
      scores.push(parsed);
      agreeing += parsed.first === score[0] && parsed.second === score[1] ? 1 : 0;
    }
  }
  const gaps = scores.flatMap(({ first, second }) => {
    const verdict = deriveVerdict([{ teacher: first, student: second }], { margin: 0 });
    return verdict.state === "scored" ? [verdict.gap] : [];
  });
  const hardAt = (tau: string): number => gaps.filter((gap) => isHard(gap, Number(tau))).length;
  return {
    reviews: reviews.length,
    parsed: scores.length,
    agreeing,
    relativeScore: relativeScore(scores),
    hard: Object.fromEntries(TAUS.map((tau) => [tau, hardAt(tau)])) as Record<(typeof TAUS)[number], number>,
  };
}

/** Percent, rounded to a tenth (the relative score of Vicuna's evaluation). */
function relativeScore(scores: readonly PairScores[]): number | null {
  const sum = (side: keyof PairScores): number => scores.reduce((total, pair) => total + pair[side], 0);
  return scores.length === 0 ? null : Math.round((sum("second") / sum("first")) * 1000) / 10;
}

function readReviews(jsonl: string, name: string): z.infer<typeof reviewSchema>[] {
  const reviews = jsonl
    .replace(/^\ufeff/u, "")
    .split(/\r?\n/u)
    .flatMap((line, at) => (line.trim() === "" ? [] : [readReview(line, at + 1, name)]));
  if (reviews.length === 0) {
    throw new LionError(
      "input",
      `There is no review in ${name}: it must have one JSON object with text and score a line.`,
    );
  }
  return reviews;
}

function readReview(line: string, number: number, name: string): z.infer<typeof reviewSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new LionError(
      "input",
      `Line ${number} of ${name} is not JSON (${messageOf(error)}): mend it or leave it out.`,
    );
  }
  const review = reviewSchema.safeParse(value);
  if (!review.success) {
    throw new LionError(
      "input",
      `Line ${number} of ${name} is no review: it must have a text and a score of two numbers, such as {"text": "…", "score": [8, 9]}.`,
    );
  }
  return review.data;
}
