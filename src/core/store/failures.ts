import type { ReplyKind, Role } from "../models/types.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

/** An instruction to which a role has no usable answer, and what its newest request came to. */
export interface Unanswered {
  readonly instructionId: number;
  readonly role: Role;
  readonly profile: string;
  readonly kind: ReplyKind | "failed";
  /** The endpoint's finish reason, or why the request failed. */
  readonly reason: string;
}

/** Whose complete answers are usable without anybody having asked for them by hand. */
export interface CurrentTeacher {
  readonly profile: string;
  readonly model: string;
}

/** Requests that brought nothing to work with. */
export class FailureRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /** Instructions that the teacher was asked and that have no usable teacher's answer, by id. */
  ofTeacher({ profile, model }: CurrentTeacher): Unanswered[] {
    const rows = this.#sql(
      `WITH trouble AS (
         SELECT instruction_id AS instructionId, profile, 'failed' AS kind, failure AS reason, created_at AS at
           FROM request WHERE state = 'failed' AND role = 'teacher' AND instruction_id IS NOT NULL
         UNION ALL
         SELECT o.instruction_id, a.profile, a.kind, a.finish_reason, a.created_at
           FROM answer a INDEXED BY answer_unusable JOIN answer_of o ON o.answer_id = a.id AND o.role = 'teacher'
           WHERE a.role = 'teacher' AND a.kind <> 'complete' AND a.request_key IS NOT NULL
       )
       SELECT instructionId, 'teacher' AS role, profile, kind, reason, max(at) FROM trouble
       WHERE NOT EXISTS (
         SELECT 1 FROM answer_of o JOIN answer a ON a.id = o.answer_id
         WHERE o.instruction_id = trouble.instructionId AND o.role = 'teacher' AND o.serves = 1 AND a.kind = 'complete'
           AND (a.origin <> 'model' OR o.chosen_by IS NOT NULL OR (a.profile = ? AND a.model_asked = ?))
       )
       GROUP BY instructionId ORDER BY instructionId`,
    ).all(profile, model) as Array<Unanswered & { "max(at)": number }>;
    return rows.map(({ "max(at)": _at, ...row }) => row);
  }

  /** Instructions on which a served student failed for good, by id. */
  ofStudent(): Unanswered[] {
    return this.#sql(
      `SELECT instruction_id AS instructionId, role, profile, 'failed' AS kind, failure AS reason
       FROM request WHERE state = 'failed' AND role = 'student' AND instruction_id IS NOT NULL
       ORDER BY instruction_id`,
    ).all() as Unanswered[];
  }
}
