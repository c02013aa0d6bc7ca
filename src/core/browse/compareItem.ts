import type { RefereeWarning } from "../../protocol/compare.ts";
import type { LongText } from "../../protocol/queue.ts";
import { isHard } from "../referee/verdict.ts";
import { effectiveState, halfOf, verdictSubject } from "../review/fold.ts";
import type { Half } from "../store/candidates.ts";
import type { FirstShown, Rating, Scope, Verdict } from "../store/ratings.ts";
import { type AnswerFacts, answerFacts } from "./answerFacts.ts";
import { type ItemDecisions, itemDecisions } from "./decisionFacts.ts";
import { type InstructionFacts, instructionFacts } from "./instructionFacts.ts";
import type { ItemSource } from "./itemSource.ts";
import { type LineageFacts, lineageOf } from "./lineage.ts";
import { refereeWarnings } from "./refereeWarnings.ts";
import { tauOf } from "./tauOf.ts";
import { longText } from "./text.ts";

/** One referee run with what the referee wrote. */
export interface RatingFacts {
  readonly ratingId: number;
  readonly firstShown: FirstShown;
  readonly scores: { readonly teacher: number; readonly student: number } | null;
  /** Why there are no scores; the code or the words that the parser gave. */
  readonly unparsed: string | null;
  readonly reply: LongText;
  /** The model that replied. */
  readonly model: string;
  readonly promptVersion: string;
}

/** The referee's verdict; numbers are points from 1 to 10 or differences of them. */
export interface RefereeFacts {
  /** Only those behind the verdict, oldest first; an order that was asked again has several. */
  readonly ratings: readonly RatingFacts[];
  /** Means over the orders; null when unscored. */
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
  /** Teacher minus student; null when unscored. */
  readonly gap: number | null;
  /** The iteration's frozen τ. */
  readonly tau: number;
  /** What the gap amounts to by that τ; null when unscored. */
  readonly half: Half | null;
  readonly warnings: readonly RefereeWarning[];
}

/** The instruction's verdict in one iteration. */
export interface HistoryFacts {
  readonly iteration: number;
  readonly scope: Scope;
  /** The iteration of the checkpoint that answered; 0 for a student that we have not trained. */
  readonly studentVersion: number;
  readonly gap: number | null;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
  /** What a person set in place of the verdict. */
  readonly override: Half | null;
  readonly isShown: boolean;
}

/** Everything about one comparison, without words for people. All texts are hostile: data, never markup. */
export interface CompareFacts extends InstructionFacts, ItemDecisions {
  readonly instructionId: number;
  readonly iteration: number;
  /** Those that the verdict compares, else the newest ones; null where there is none. */
  readonly teacher: AnswerFacts | null;
  readonly student: AnswerFacts | null;
  /** Null when the iteration has not rated it. */
  readonly referee: RefereeFacts | null;
  /** By iteration, the draw's before the panel's. */
  readonly history: readonly HistoryFacts[];
  readonly lineage: LineageFacts;
}

/** Reads a comparison; null when there is no instruction of this id. What is missing of it is null or empty. */
export function readCompareItem(source: ItemSource, iteration: number, instructionId: number): CompareFacts | null {
  return source.state.reading(() => {
    const { store } = source;
    const instruction = store.instructions.get(instructionId);
    if (!instruction) {
      return null;
    }
    const verdicts = store.ratings.verdictsOf(instructionId);
    // The draw's verdict comes before the panel's.
    const verdict = verdicts.find((one) => one.iteration === iteration) ?? null;
    const teacher = sideOf(source, "teacher", instructionId, verdict?.teacherAnswerId);
    const student = sideOf(source, "student", instructionId, verdict?.studentAnswerId);
    return {
      ...{ instructionId, iteration, teacher, student },
      ...instructionFacts(instruction),
      referee: verdict && refereeFacts(source, verdict, { teacher, student }),
      history: verdicts.map((one) => historyFacts(source, one, one === verdict)),
      lineage: lineageOf(source, instruction),
      ...itemDecisions(store, instructionId, iteration),
    };
  });
}

function sideOf(
  source: ItemSource,
  role: "teacher" | "student",
  instructionId: number,
  answerId: number | undefined,
): AnswerFacts | null {
  const { ledger } = source.store;
  const answer = answerId === undefined ? ledger.answersOf(instructionId, role).at(-1) : ledger.answer(answerId);
  return answer ? answerFacts(source, answer, role) : null;
}

function refereeFacts(
  source: ItemSource,
  verdict: Verdict,
  { teacher, student }: Pick<CompareFacts, "teacher" | "student">,
): RefereeFacts {
  const { teacherScore, studentScore, gap, contradictory } = verdict;
  const tau = tauOf(source.state, verdict.iteration);
  const ratings = ratingsBehind(source, verdict).map((rating) => ratingFacts(source, rating));
  const words = { teacherWords: teacher?.words ?? 0, studentWords: student?.words ?? 0 };
  return {
    ...{ ratings, teacherScore, studentScore, gap, tau },
    half: gap === null ? null : isHard(gap, tau) ? "hard" : "easy",
    warnings: refereeWarnings({ gap, contradictory, ratings, ...words }, tau),
  };
}

/** The ratings of the compared pair by the discrimination, or by the re-rating that the verdict was taken over from. */
function ratingsBehind({ store, state }: ItemSource, verdict: Verdict): Rating[] {
  const { iteration, scope, instructionId, teacherAnswerId, studentAnswerId } = verdict;
  const reratingId = state
    .sql("SELECT rerating_id FROM verdict WHERE iteration = ? AND scope = ? AND instruction_id = ?")
    .pluck()
    .get(iteration, scope, instructionId);
  return store.ratings
    .ofInstruction(instructionId)
    .filter(
      (rating) =>
        rating.teacherAnswerId === teacherAnswerId &&
        rating.studentAnswerId === studentAnswerId &&
        rating.reratingId === reratingId,
    );
}

function ratingFacts({ store }: ItemSource, rating: Rating): RatingFacts {
  const { id, firstShown, scores, unparsed, promptVersion, answerId } = rating;
  const { text, writtenBy } = store.ledger.answer(answerId);
  return {
    ...{ ratingId: id, firstShown, scores, unparsed, promptVersion },
    reply: longText(`rating:${id}`, text),
    model: writtenBy,
  };
}

function historyFacts(source: ItemSource, verdict: Verdict, isShown: boolean): HistoryFacts {
  const { store } = source;
  const { iteration, scope, instructionId, gap, teacherScore, studentScore } = verdict;
  const subject = verdictSubject(iteration, instructionId);
  const override = effectiveState(store.decisions.about(subject)).overrides.get(subject);
  return {
    ...{ iteration, scope, gap, teacherScore, studentScore, isShown },
    studentVersion: store.training.latestCheckpoint(iteration)?.iteration ?? 0,
    override: override ? halfOf(override, tauOf(source.state, iteration)) : null,
  };
}
