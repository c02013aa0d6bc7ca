import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export type FirstShown = "teacher" | "student";

export interface NewRating {
  readonly instructionId: number;
  readonly iteration: number;
  readonly firstShown: FirstShown;
  readonly teacherAnswerId: number;
  readonly studentAnswerId: number;
  /** The referee's reply. */
  readonly answerId: number;
  readonly promptVersion: string;
  readonly scores: { readonly teacher: number; readonly student: number } | null;
  /** Why there are no scores. */
  readonly unparsed: string | null;
}

export interface Rating extends NewRating {
  readonly id: number;
  /** The re-rating that asked for it; null for the discrimination itself. */
  readonly reratingId: number | null;
}

/** draw: the seeded random order that seeds come from. panel: the fixed sample behind the distillation curve. */
export type Scope = "draw" | "panel";

export interface Verdict {
  readonly iteration: number;
  readonly scope: Scope;
  /** Place in the seeded order. */
  readonly position: number;
  readonly instructionId: number;
  readonly state: "scored" | "unscored";
  readonly gap: number | null;
  readonly teacherScore: number | null;
  readonly studentScore: number | null;
  readonly contradictory: boolean;
  readonly source: "referee" | "person";
  readonly teacherAnswerId: number;
  readonly studentAnswerId: number;
}

/** In characters. */
export interface AnswerLengths {
  readonly teacherLength: number;
  readonly studentLength: number;
}

interface RatingRow extends Omit<Rating, "scores"> {
  teacherScore: number | null;
  studentScore: number | null;
}

const SELECT_RATING = `SELECT id, instruction_id AS instructionId, iteration, first_shown AS firstShown,
  teacher_answer_id AS teacherAnswerId, student_answer_id AS studentAnswerId, answer_id AS answerId,
  prompt_version AS promptVersion, teacher_score AS teacherScore, student_score AS studentScore, unparsed,
  rerating_id AS reratingId FROM rating`;

const SELECT_VERDICT = `SELECT iteration, scope, position, instruction_id AS instructionId, state, gap,
  teacher_score AS teacherScore, student_score AS studentScore, contradictory, source,
  teacher_answer_id AS teacherAnswerId, student_answer_id AS studentAnswerId FROM verdict`;

function toRating({ teacherScore, studentScore, ...row }: RatingRow): Rating {
  const scores =
    teacherScore === null || studentScore === null ? null : { teacher: teacherScore, student: studentScore };
  return { ...row, scores };
}

function toVerdict(row: Verdict & { contradictory: unknown }): Verdict {
  return { ...row, contradictory: Boolean(row.contradictory) };
}

/** Ratings (one referee run each) and the verdicts derived from them. */
export class RatingRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /**
   * Stores a rating; a rating of the same reply on the same pair is stored once.
   *
   * @param reratingId the re-rating that asked for it; null for the discrimination itself.
   */
  add(rating: NewRating, now: number, reratingId: number | null = null): void {
    this.#sql(
      `INSERT INTO rating (instruction_id, iteration, first_shown, teacher_answer_id, student_answer_id, answer_id,
         prompt_version, teacher_score, student_score, unparsed, created_at, rerating_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (instruction_id, teacher_answer_id, student_answer_id, first_shown, answer_id) DO NOTHING`,
    ).run(
      rating.instructionId,
      rating.iteration,
      rating.firstShown,
      rating.teacherAnswerId,
      rating.studentAnswerId,
      rating.answerId,
      rating.promptVersion,
      rating.scores?.teacher ?? null,
      rating.scores?.student ?? null,
      rating.unparsed,
      now,
      reratingId,
    );
  }

  /** The ratings that a re-rating has brought so far, oldest first. */
  ofRerating(reratingId: number): Rating[] {
    const rows = this.#sql(`${SELECT_RATING} WHERE rerating_id = ? ORDER BY id`).all(reratingId);
    return (rows as RatingRow[]).map(toRating);
  }

  /** The ratings of one instruction, oldest first. */
  ofInstruction(instructionId: number): Rating[] {
    const rows = this.#sql(`${SELECT_RATING} WHERE instruction_id = ? ORDER BY id`).all(instructionId);
    return (rows as RatingRow[]).map(toRating);
  }

  /** All ratings, oldest first, one at a time. */
  *all(): IterableIterator<Rating> {
    for (const row of this.#sql(`${SELECT_RATING} ORDER BY id`).iterate()) {
      yield toRating(row as RatingRow);
    }
  }

  /**
   * The ratings behind an iteration's verdicts, oldest first, with the lengths of the answers that were compared. Equal
   * answers are rated once, so some of them may have been made in an earlier iteration.
   */
  behindVerdicts(iteration: number): Array<Rating & AnswerLengths> {
    const rows = this.#sql(
      `SELECT DISTINCT r.*, length(t.text) AS teacherLength, length(s.text) AS studentLength
       FROM verdict v
       JOIN (${SELECT_RATING}) r ON r.instructionId = v.instruction_id
         AND r.teacherAnswerId = v.teacher_answer_id AND r.studentAnswerId = v.student_answer_id
         AND r.reratingId IS v.rerating_id
       JOIN answer t ON t.id = r.teacherAnswerId JOIN answer s ON s.id = r.studentAnswerId
       WHERE v.iteration = ? ORDER BY r.id`,
    ).all(iteration) as Array<RatingRow & AnswerLengths>;
    return rows.map((row) => ({
      ...toRating(row),
      teacherLength: row.teacherLength,
      studentLength: row.studentLength,
    }));
  }

  /** @param reratingId the re-rating that it was taken over from; null for the discrimination's own. */
  putVerdict(verdict: Verdict, reratingId: number | null = null): void {
    this.#sql(
      `INSERT OR REPLACE INTO verdict (iteration, scope, position, instruction_id, state, gap, teacher_score, student_score,
         contradictory, source, teacher_answer_id, student_answer_id, rerating_id)
       VALUES (@iteration, @scope, @position, @instructionId, @state, @gap, @teacherScore, @studentScore,
         @contradictory, @source, @teacherAnswerId, @studentAnswerId, @reratingId)`,
    ).run({ ...verdict, contradictory: verdict.contradictory ? 1 : 0, reratingId });
  }

  /** Verdicts of an iteration in the order of their positions. */
  verdicts(iteration: number, scope: Scope): Verdict[] {
    const rows = this.#sql(`${SELECT_VERDICT} WHERE iteration = ? AND scope = ? ORDER BY position`).all(
      iteration,
      scope,
    );
    return (rows as Verdict[]).map(toVerdict);
  }

  /** The verdicts of one instruction by iteration, the draw's before the panel's. */
  verdictsOf(instructionId: number): Verdict[] {
    // All columns of the key are named, so that nothing is searched.
    const rows = this.#sql(
      `${SELECT_VERDICT} WHERE iteration IN (SELECT number FROM iteration) AND scope IN ('draw', 'panel')
         AND instruction_id = ? ORDER BY iteration, scope`,
    ).all(instructionId);
    return (rows as Verdict[]).map(toVerdict);
  }

  /** All verdicts, by iteration, scope and position. */
  *allVerdicts(): IterableIterator<Verdict> {
    for (const row of this.#sql(`${SELECT_VERDICT} ORDER BY iteration, scope, position`).iterate()) {
      yield toVerdict(row as Verdict);
    }
  }
}
