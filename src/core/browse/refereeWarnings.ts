import type { RefereeWarning } from "../../protocol/compare.ts";
import { isStudentAhead } from "../referee/verdict.ts";
import type { FirstShown } from "../store/ratings.ts";

/** An answer that wins with so many times the words of the other one may have won by its length. */
const LONGER_BY = 1.5;

interface JudgedPair {
  /** Teacher minus student; null when unscored. */
  readonly gap: number | null;
  readonly contradictory: boolean;
  readonly ratings: ReadonlyArray<{
    readonly firstShown: FirstShown;
    readonly scores: { readonly teacher: number; readonly student: number } | null;
  }>;
  /** Words of the two answers. */
  readonly teacherWords: number;
  readonly studentWords: number;
}

/**
 * The doubts about a verdict, in a fixed order. contradictory: the two orders name different winners. unparsed: a reply
 * of the referee could not be read. longer: the winner has at least one and a half times the words of the other one, which
 * has some. first: in each of both orders the answer shown first got the better score. studentAhead: by at least τ, so
 * that the teacher may be wrong.
 */
export function refereeWarnings(pair: JudgedPair, tau: number): RefereeWarning[] {
  const { gap, contradictory, ratings } = pair;
  const doubts: ReadonlyArray<readonly [RefereeWarning, boolean]> = [
    ["contradictory", contradictory],
    ["unparsed", ratings.some(({ scores }) => scores === null)],
    ["longer", gap !== null && winsByLength(gap, pair)],
    ["first", favoursFirst(ratings)],
    ["studentAhead", gap !== null && isStudentAhead(gap, tau)],
  ];
  return doubts.filter(([, isSo]) => isSo).map(([doubt]) => doubt);
}

function winsByLength(gap: number, { teacherWords, studentWords }: JudgedPair): boolean {
  const [winner, loser] = gap > 0 ? [teacherWords, studentWords] : [studentWords, teacherWords];
  return gap !== 0 && loser > 0 && winner >= LONGER_BY * loser;
}

function favoursFirst(ratings: JudgedPair["ratings"]): boolean {
  const leads = (order: FirstShown): number[] =>
    ratings.flatMap(({ firstShown, scores }) => {
      const lead = scores && (order === "teacher" ? scores.teacher - scores.student : scores.student - scores.teacher);
      return firstShown === order && lead !== null ? [lead] : [];
    });
  const both = [leads("teacher"), leads("student")];
  return both.every((ofOrder) => ofOrder.length > 0 && ofOrder.every((lead) => lead > 0));
}
