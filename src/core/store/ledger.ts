import type { ReplyKind, Role } from "../models/types.ts";
import { AllowanceRepository } from "./allowances.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";
import { type AnswerDecisions, type CurrentTeacher, IS_USABLE, usableParameters } from "./usableAnswer.ts";

export interface NewRequest {
  readonly key: string;
  readonly role: Role;
  readonly profile: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly draw: number;
  /** Canonical JSON of the parameters as sent. */
  readonly parameters: string;
  readonly instructionId: number | null;
  readonly iteration: number;
}

export interface NewAnswer {
  readonly requestKey: string | null;
  readonly role: Role;
  readonly origin: "model" | "imported" | "person";
  /** The model that replied, or the name of who wrote it. */
  readonly writtenBy: string;
  readonly profile: string | null;
  readonly modelAsked: string | null;
  readonly checkpointId?: number | null;
  readonly parameters: string;
  readonly text: string;
  readonly kind: ReplyKind;
  readonly finishReason: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Millionths of the profile's currency; null when its price is unknown. */
  readonly cost: number | null;
}

export interface Answer extends NewAnswer {
  readonly id: number;
  readonly checkpointId: number | null;
  readonly createdAt: number;
}

export interface Spending {
  /** Requests that left, whatever became of them. */
  readonly calls: number;
  /** Millionths of the profile's currency; attempts without a known outcome count at their worst case. */
  readonly cost: number;
}

/** A request without a usable answer. */
export interface Problem {
  readonly iteration: number;
  readonly instructionId: number | null;
  readonly role: Role;
  readonly profile: string;
  readonly model: string;
  readonly kind: ReplyKind | "failed";
  /** The endpoint's finish reason, or why the request failed. */
  readonly reason: string;
  /** What the model did say; null when the request failed. */
  readonly text: string | null;
}

const SELECT_ANSWER = `SELECT a.id, a.request_key AS requestKey, a.role, a.origin, a.written_by AS writtenBy, a.profile,
  a.model_asked AS modelAsked, a.checkpoint_id AS checkpointId, a.parameters, a.text, a.kind,
  a.finish_reason AS finishReason, a.input_tokens AS inputTokens, a.output_tokens AS outputTokens, a.cost,
  a.created_at AS createdAt FROM answer a`;

/** Requests under their identity, the attempts made for them, and the answers they brought. */
export class LedgerRepository {
  readonly allowances: AllowanceRepository;
  readonly #db: Connection;
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.allowances = new AllowanceRepository(db);
    this.#db = db;
    this.#sql = sqlCache(db);
  }

  /** The stored answer to a request, if there is one. */
  answerTo(requestKey: string): Answer | null {
    return (this.#sql(`${SELECT_ANSWER} WHERE a.request_key = ?`).get(requestKey) as Answer | undefined) ?? null;
  }

  answer(id: number): Answer {
    const answer = this.#sql(`${SELECT_ANSWER} WHERE a.id = ?`).get(id) as Answer | undefined;
    if (!answer) {
      throw new Error(`There is no answer ${id}.`);
    }
    return answer;
  }

  /** Why a request failed for good, or null. */
  failureOf(requestKey: string): string | null {
    const row = this.#sql("SELECT failure FROM request WHERE key = ? AND state = 'failed'").get(requestKey) as
      | { failure: string }
      | undefined;
    return row?.failure ?? null;
  }

  /**
   * Records that a request is about to leave. Call it before sending: what was sent counts against the limits even if
   * this process dies before the reply. Returns the attempt's id.
   *
   * @param reservedCost its worst case, in millionths of the currency.
   * @param currency null where the profile has no prices.
   */
  recordSent(request: NewRequest, reservedCost: number, now: number, currency: string | null = null): number {
    return this.#transaction(() => {
      this.#upsertRequest(request, now);
      const result = this.#sql(
        `INSERT INTO attempt (request_key, profile, role, iteration, state, reserved_cost, currency, sent_at)
           VALUES (?, ?, ?, ?, 'sent', ?, ?, ?)`,
      ).run(request.key, request.profile, request.role, request.iteration, reservedCost, currency, now);
      return Number(result.lastInsertRowid);
    });
  }

  /** Stores the answer, settles its attempt and closes its request, in one transaction. */
  settle(attemptId: number, answer: NewAnswer, now: number): Answer {
    return this.#transaction(() => {
      this.#sql("UPDATE attempt SET state = 'settled', cost = ?, ended_at = ? WHERE id = ?").run(
        answer.cost,
        now,
        attemptId,
      );
      this.#sql("UPDATE request SET state = 'stored', failure = NULL WHERE key = ?").run(answer.requestKey);
      return this.insertAnswer(answer, now);
    });
  }

  /**
   * Records that an attempt brought no answer. `final` also closes the request. `charged` keeps the worst-case cost
   * on the books: a body that broke off may have been paid for.
   */
  recordFailure(attemptId: number, failure: string, options: { final: boolean; charged: boolean }, now: number): void {
    this.#transaction(() => {
      this.#sql(
        `UPDATE attempt SET state = 'failed', failure = ?, cost = iif(?, reserved_cost, 0), ended_at = ? WHERE id = ?`,
      ).run(failure, options.charged ? 1 : 0, now, attemptId);
      if (options.final) {
        this.#sql(
          `UPDATE request SET state = 'failed', failure = ?
             WHERE key = (SELECT request_key FROM attempt WHERE id = ?) AND state = 'open'`,
        ).run(failure, attemptId);
      }
    });
  }

  /** Stores an answer that cost no attempt: imported, written by a person, or generated by a job of ours. */
  insertAnswer(answer: NewAnswer, now: number): Answer {
    const result = this.#sql(
      `INSERT INTO answer (request_key, role, origin, written_by, profile, model_asked, checkpoint_id, parameters, text,
           kind, finish_reason, input_tokens, output_tokens, cost, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      answer.requestKey,
      answer.role,
      answer.origin,
      answer.writtenBy,
      answer.profile,
      answer.modelAsked,
      answer.checkpointId ?? null,
      answer.parameters,
      answer.text,
      answer.kind,
      answer.finishReason,
      answer.inputTokens,
      answer.outputTokens,
      answer.cost,
      now,
    );
    return { ...answer, checkpointId: answer.checkpointId ?? null, id: Number(result.lastInsertRowid), createdAt: now };
  }

  /** Stores an answer that a job brought under its request's identity; does nothing when it is stored already. */
  storeCollected(request: NewRequest, answer: NewAnswer, now: number): Answer {
    const stored = this.answerTo(request.key);
    if (stored) {
      return stored;
    }
    this.#upsertRequest(request, now);
    this.#sql("UPDATE request SET state = 'stored' WHERE key = ?").run(request.key);
    return this.insertAnswer(answer, now);
  }

  /**
   * Says that an answer belongs to an instruction.
   *
   * @param serves false for imported outputs that are only kept for reading.
   * @param chosenBy who asked for it by hand; then it serves whichever profile gave it.
   */
  link(
    instructionId: number,
    role: Role,
    answerId: number,
    { serves = true, chosenBy = null }: { readonly serves?: boolean; readonly chosenBy?: string | null } = {},
  ): void {
    this.#sql(
      `INSERT INTO answer_of (instruction_id, role, answer_id, serves, chosen_by) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (instruction_id, role, answer_id) DO UPDATE SET chosen_by = excluded.chosen_by
         WHERE excluded.chosen_by IS NOT NULL`,
    ).run(instructionId, role, answerId, serves ? 1 : 0, chosenBy);
  }

  /** The teacher's usable answer to an instruction under the decisions (see `IS_USABLE`); null when there is none. */
  usableTeacherAnswer(instructionId: number, teacher: CurrentTeacher, decided: AnswerDecisions): Answer | null {
    const row = this.#sql(`${SELECT_ANSWER} JOIN answer_of o ON a.id = o.answer_id WHERE ${IS_USABLE}`).get(
      usableParameters(instructionId, teacher, decided),
    );
    return (row as Answer | undefined) ?? null;
  }

  /** Answers of a role to an instruction, oldest first. */
  answersOf(instructionId: number, role: Role): Answer[] {
    return this.#sql(
      `${SELECT_ANSWER} JOIN answer_of o ON a.id = o.answer_id
         WHERE o.instruction_id = ? AND o.role = ? ORDER BY a.id`,
    ).all(instructionId, role) as Answer[];
  }

  /** What a profile has used over the life of the project. */
  spending(profile: string): Spending {
    return this.#sql(
      `SELECT count(*) AS calls, coalesce(sum(coalesce(cost, reserved_cost)), 0) AS cost FROM attempt WHERE profile = ?`,
    ).get(profile) as Spending;
  }

  /** Times after `since` at which requests of a profile left, oldest first. */
  recentStarts(profile: string, since: number): number[] {
    return this.#sql("SELECT sent_at FROM attempt WHERE profile = ? AND sent_at > ? ORDER BY sent_at")
      .pluck()
      .all(profile, since) as number[];
  }

  /** Calls in an iteration by role. */
  callsByRole(iteration: number): Map<Role, number> {
    const rows = this.#sql("SELECT role, count(*) AS calls FROM attempt WHERE iteration = ? GROUP BY role").all(
      iteration,
    ) as Array<{ role: Role; calls: number }>;
    return new Map(rows.map((row) => [row.role, row.calls]));
  }

  /** Answers that a job of ours gave in an iteration, by role. */
  collectedByRole(iteration: number, role: Role): number {
    return this.#sql(
      `SELECT count(*) FROM answer a JOIN request r ON r.key = a.request_key
         WHERE r.iteration = ? AND r.role = ? AND a.checkpoint_id IS NOT NULL`,
    )
      .pluck()
      .get(iteration, role) as number;
  }

  /** What was asked of the teacher or a served student and brought nothing to work with, oldest request first. */
  problems(): Problem[] {
    const columns = `r.iteration AS iteration, r.instruction_id AS instructionId, r.role AS role, r.profile AS profile, r.model AS model,
         coalesce(a.kind, 'failed') AS kind, coalesce(a.finish_reason, r.failure) AS reason, a.text AS text, r.key AS key`;
    // Two queries, since each of them has an index of its own to find its few rows by.
    return this.#sql(
      `SELECT iteration, instructionId, role, profile, model, kind, reason, text FROM (
         SELECT ${columns} FROM request r LEFT JOIN answer a ON a.request_key = r.key WHERE r.state = 'failed'
         UNION ALL
         SELECT ${columns} FROM answer a JOIN request r ON r.key = a.request_key
           WHERE a.role = 'teacher' AND a.kind <> 'complete' AND r.state <> 'failed'
       ) ORDER BY iteration, role, instructionId, key`,
    ).all() as Problem[];
  }

  /** Opens failed requests of a role again, so that the next run asks them once more. Returns how many. */
  reopenFailed(role: Role): number {
    return this.#sql("UPDATE request SET state = 'open', failure = NULL WHERE role = ? AND state = 'failed'").run(role)
      .changes;
  }

  /** Opens one failed request again. */
  reopen(requestKey: string): void {
    this.#sql("UPDATE request SET state = 'open', failure = NULL WHERE key = ? AND state = 'failed'").run(requestKey);
  }

  /** Attempts whose process died before their reply: nobody waits for them any more, but they may have been paid for. */
  markLost(now: number): number {
    return this.#sql("UPDATE attempt SET state = 'lost', ended_at = ? WHERE state = 'sent'").run(now).changes;
  }

  #upsertRequest(request: NewRequest, now: number): void {
    this.#sql(
      `INSERT INTO request (key, role, profile, model, prompt_version, draw, parameters, instruction_id, iteration, state, created_at)
         VALUES (@key, @role, @profile, @model, @promptVersion, @draw, @parameters, @instructionId, @iteration, 'open', @now)
         ON CONFLICT (key) DO NOTHING`,
    ).run({ ...request, now });
  }

  #transaction<T>(work: () => T): T {
    return this.#db.inTransaction ? work() : this.#db.transaction(work).immediate();
  }
}
