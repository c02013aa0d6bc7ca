import type { Role } from "../models/types.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";
import { type AnswerDecisions, type CurrentTeacher, IS_USABLE, usableParameters } from "./usableAnswer.ts";

/** Mean and standard deviation. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Tokens of the newest replies that a profile gave in a role. */
export interface TokensMeasured {
  readonly calls: number;
  readonly input: Spread;
  readonly output: Spread;
}

/** A share that was counted. */
export interface Counted {
  readonly hits: number;
  readonly count: number;
}

/** How many of the newest rows a measure rests on: what was long ago says little about what comes. */
const NEWEST = { answers: 1000, attempts: 10_000, ratings: 5000 } as const;

/** What the project's own ledger says about requests, for estimates. Each a few milliseconds, however large the file. */
export class MeasureRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  tokens(role: Role, profile: string): TokensMeasured {
    const row = this.#sql(
      `SELECT count(*) AS calls, total(input_tokens) AS input, total(output_tokens) AS output,
         total(input_tokens * input_tokens) AS input2, total(output_tokens * output_tokens) AS output2
       FROM (
         SELECT input_tokens, output_tokens FROM answer
         WHERE role = ? AND profile = ? AND input_tokens IS NOT NULL AND output_tokens IS NOT NULL
         ORDER BY id DESC LIMIT ${NEWEST.answers}
       )`,
    ).get(role, profile) as { calls: number; input: number; output: number; input2: number; output2: number };
    return {
      calls: row.calls,
      input: spreadOf(row.calls, row.input, row.input2),
      output: spreadOf(row.calls, row.output, row.output2),
    };
  }

  /** Of the newest replies of a profile in a role, those that are not complete. */
  incomplete(role: Role, profile: string): Counted {
    return this.#sql(
      `SELECT count(*) AS count, count(*) FILTER (WHERE kind <> 'complete') AS hits
       FROM (SELECT kind FROM answer WHERE role = ? AND profile = ? ORDER BY id DESC LIMIT ${NEWEST.answers})`,
    ).get(role, profile) as Counted;
  }

  /** Of the newest attempts in each role, those that brought no reply. */
  failedAttempts(): Map<Role, Counted> {
    const rows = this.#sql(
      `SELECT role, count(*) AS count, count(*) FILTER (WHERE state IN ('failed', 'lost')) AS hits
       FROM (SELECT role, state FROM attempt ORDER BY id DESC LIMIT ${NEWEST.attempts}) GROUP BY role`,
    ).all() as Array<Counted & { role: Role }>;
    return new Map(rows.map(({ role, hits, count }) => [role, { hits, count }]));
  }

  /**
   * The newest ratings: those that could not be read, and the replies behind them. There are fewer replies than ratings
   * where requests are equal, as both orders of two equal answers are.
   */
  ratings(): { readonly count: number; readonly unparsed: number; readonly replies: number } {
    return this.#sql(
      `SELECT count(*) AS count, count(unparsed) AS unparsed, count(DISTINCT answer_id) AS replies
       FROM (SELECT unparsed, answer_id FROM rating ORDER BY id DESC LIMIT ${NEWEST.ratings})`,
    ).get() as { count: number; unparsed: number; replies: number };
  }

  /** How many different texts some instructions have: equal ones share their requests. */
  differentTexts(instructionIds: readonly number[]): number {
    return this.#sql(
      "SELECT count(DISTINCT content_hash) FROM instruction WHERE id IN (SELECT value FROM json_each(?))",
    )
      .pluck()
      .get(JSON.stringify(instructionIds)) as number;
  }

  /** Of the candidates that the generator's requests of an iteration became, those that passed the filters. */
  passed(iteration: number): Counted {
    return this.#sql(
      `SELECT count(*) AS count, count(*) FILTER (WHERE filter IS NULL) AS hits
       FROM candidate WHERE iteration = ? AND half IS NOT NULL AND ordinal >= 0`,
    ).get(iteration) as Counted;
  }

  /** Members of the Cache as it stands in an iteration. */
  cacheSize(iteration: number): number {
    return this.#sql("SELECT count(*) FROM pool_member WHERE pool = 'cache' AND iteration <= ?")
      .pluck()
      .get(iteration) as number;
  }

  /** Instructions that candidates of earlier iterations were written from. */
  parentsBefore(iteration: number): number {
    return this.#sql("SELECT count(DISTINCT parent_id) FROM candidate WHERE iteration < ? AND half IS NOT NULL")
      .pluck()
      .get(iteration) as number;
  }

  /** Instructions that the draw of an iteration has a verdict on. */
  drawn(iteration: number): number[] {
    return this.#sql("SELECT instruction_id FROM verdict WHERE iteration = ? AND scope = 'draw'")
      .pluck()
      .all(iteration) as number[];
  }

  /** The draw of an iteration so far: what is hard by τ, what is easy, what stayed unscored. */
  gaps(iteration: number, tau: number): { readonly hard: number; readonly easy: number; readonly unscored: number } {
    return this.#sql(
      `SELECT count(*) FILTER (WHERE gap >= @tau) AS hard, count(*) FILTER (WHERE gap < @tau) AS easy,
         count(*) FILTER (WHERE gap IS NULL) AS unscored
       FROM verdict WHERE iteration = @iteration AND scope = 'draw'`,
    ).get({ iteration, tau }) as { hard: number; easy: number; unscored: number };
  }

  /** The newest answer of a role to an instruction by a model or checkpoint; null when there is none. */
  answerBy(
    instructionId: number,
    role: Role,
    by: { profile: string; model: string } | { checkpoint: number },
  ): number | null {
    const id =
      "checkpoint" in by
        ? this.#sql(
            `SELECT max(a.id) FROM answer_of o JOIN answer a ON a.id = o.answer_id
             WHERE o.instruction_id = ? AND o.role = ? AND a.checkpoint_id = ?`,
          )
            .pluck()
            .get(instructionId, role, by.checkpoint)
        : this.#sql(
            `SELECT max(a.id) FROM answer_of o JOIN answer a ON a.id = o.answer_id
             WHERE o.instruction_id = ? AND o.role = ? AND a.profile = ? AND a.model_asked = ? AND a.checkpoint_id IS NULL`,
          )
            .pluck()
            .get(instructionId, role, by.profile, by.model);
    return (id as number | null) ?? null;
  }

  /** The id and length (in characters) of the teacher's usable answer (see `IS_USABLE`); null when there is none. */
  usableTeacherAnswer(
    instructionId: number,
    teacher: CurrentTeacher,
    decided: AnswerDecisions,
  ): { id: number; length: number } | null {
    const row = this.#sql(
      `SELECT a.id, length(a.text) AS length FROM answer_of o JOIN answer a ON a.id = o.answer_id WHERE ${IS_USABLE}`,
    ).get(usableParameters(instructionId, teacher, decided));
    return (row as { id: number; length: number } | undefined) ?? null;
  }

  /** Instructions that a profile failed on for good as the teacher. */
  failedTeacherRequests(profile: string): number[] {
    return this.#sql(
      `SELECT instruction_id FROM request
       WHERE state = 'failed' AND role = 'teacher' AND profile = ? AND instruction_id IS NOT NULL`,
    )
      .pluck()
      .all(profile) as number[];
  }

  /** Whether the discrimination's referee has rated this pair of answers to an instruction. */
  isRated(instructionId: number, teacherAnswerId: number, studentAnswerId: number): boolean {
    return (
      this.#sql(
        `SELECT 1 FROM rating WHERE instruction_id = ? AND teacher_answer_id = ? AND student_answer_id = ?
           AND rerating_id IS NULL LIMIT 1`,
      ).get(instructionId, teacherAnswerId, studentAnswerId) !== undefined
    );
  }

  /** Characters of an instruction's turns, input and system message. */
  lengthOf(instructionId: number): number {
    return this.#sql("SELECT length(turns) + length(input) + length(system) FROM instruction WHERE id = ?")
      .pluck()
      .get(instructionId) as number;
  }
}

function spreadOf(count: number, sum: number, sumOfSquares: number): Spread {
  const mean = count === 0 ? 0 : sum / count;
  return { mean, deviation: count < 2 ? 0 : Math.sqrt(Math.max(0, sumOfSquares / count - mean ** 2)) };
}
