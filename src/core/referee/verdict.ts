/** One rating as the verdict needs it: the scores that the teacher's and the student's answer got, 1 to 10. */
export interface RatedPair {
  readonly teacher: number;
  readonly student: number;
}

export interface ScoredVerdict {
  readonly state: "scored";
  /** Means over the orders. */
  readonly teacher: number;
  readonly student: number;
  /** Teacher minus student. */
  readonly gap: number;
  /** The two orders name different winners, each by at least the margin. */
  readonly contradictory: boolean;
}

/** What follows from all ratings of one pair of answers. */
export type PairVerdict = ScoredVerdict | { readonly state: "unscored" };

/** Scores have two decimals at most; finer digits are the dirt of binary fractions. */
const PRECISION = 10_000;

const exact = (score: number): number => Math.round(score * PRECISION) / PRECISION;

/**
 * The verdict over the ratings of a pair of answers, one for each order in which they were shown (Lion, section 3.2: the
 * means over both orders, so that what the position is worth cancels out). One unparsed rating (null) and the pair is
 * unscored: a mean over what is left would bring the position's worth back in. A single rating is enough where the
 * project asks in one order only.
 */
export function deriveVerdict(
  ratings: ReadonlyArray<RatedPair | null>,
  { margin }: { readonly margin: number },
): PairVerdict {
  const parsed = ratings.filter((rating) => rating !== null);
  if (parsed.length === 0 || parsed.length < ratings.length) {
    return { state: "unscored" };
  }
  const mean = (score: (rating: RatedPair) => number): number =>
    parsed.reduce((sum, rating) => sum + score(rating), 0) / parsed.length;
  const teacher = mean((rating) => rating.teacher);
  const student = mean((rating) => rating.student);
  const leads = parsed.map((rating) => exact(rating.teacher - rating.student));
  const wins = (lead: number): boolean => lead > 0 && lead >= exact(margin);
  return {
    state: "scored",
    teacher: exact(teacher),
    student: exact(student),
    gap: exact(teacher - student),
    contradictory: leads.some(wins) && leads.some((lead) => wins(-lead)),
  };
}

/** Whether an instruction is hard: teacher minus student is at least τ (Lion, section 3.2; its τ is 1.0). */
export function isHard(gap: number, tau: number): boolean {
  return exact(gap) >= exact(tau);
}

/** Whether the student is ahead by at least τ: where the teacher may be wrong. */
export function isStudentAhead(gap: number, tau: number): boolean {
  return exact(gap) <= -exact(tau);
}
