import type { ReplyKind, Role } from "../models/types.ts";
import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";
import { type AnswerDecisions, type CurrentTeacher, IS_USABLE, usableParameters } from "./usableAnswer.ts";

/** An instruction to which a role has no usable answer, and what its newest request came to. */
export interface Unanswered {
  readonly instructionId: number;
  readonly role: Role;
  readonly profile: string;
  readonly kind: ReplyKind | "failed";
  /** The endpoint's finish reason, or why the request failed. */
  readonly reason: string;
}

const FOUND_WRONG = "a person found it wrong";

/** Requests that brought nothing to work with. */
export class FailureRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /**
   * Instructions that the teacher was asked and that have no usable teacher's answer, by id. Those whose answer a person
   * found wrong are among them, with the kind of that answer.
   */
  ofTeacher(teacher: CurrentTeacher, decided: AnswerDecisions): Unanswered[] {
    const troubled = [...this.#askedInVain(), ...this.#foundWrong(decided)];
    const byId = new Map(troubled.map((unanswered) => [unanswered.instructionId, unanswered]));
    return [...byId.values()]
      .filter(({ instructionId }) => !this.#hasUsable(instructionId, teacher, decided))
      .sort((a, b) => a.instructionId - b.instructionId);
  }

  #hasUsable(id: number, teacher: CurrentTeacher, decided: AnswerDecisions): boolean {
    const query = `SELECT a.id FROM answer_of o JOIN answer a ON a.id = o.answer_id WHERE ${IS_USABLE}`;
    return this.#sql(query).get(usableParameters(id, teacher, decided)) !== undefined;
  }

  /** The newest of the answers that were found wrong, for each instruction. */
  #foundWrong({ rejected }: AnswerDecisions): Unanswered[] {
    return [...rejected].flatMap(([instructionId, answers]) => {
      const row = this.#sql("SELECT coalesce(profile, written_by) AS profile, kind FROM answer WHERE id = ?").get(
        Math.max(...answers),
      ) as Pick<Unanswered, "profile" | "kind"> | undefined;
      return row ? [{ instructionId, role: "teacher" as const, ...row, reason: FOUND_WRONG }] : [];
    });
  }

  #askedInVain(): Unanswered[] {
    const rows = this.#sql(
      `WITH trouble AS (
         SELECT instruction_id AS instructionId, profile, 'failed' AS kind, failure AS reason, created_at AS at
           FROM request WHERE state = 'failed' AND role = 'teacher' AND instruction_id IS NOT NULL
         UNION ALL
         SELECT o.instruction_id, a.profile, a.kind, a.finish_reason, a.created_at
           FROM answer a INDEXED BY answer_unusable JOIN answer_of o ON o.answer_id = a.id AND o.role = 'teacher'
           WHERE a.role = 'teacher' AND a.kind <> 'complete' AND a.request_key IS NOT NULL
       )
       SELECT instructionId, 'teacher' AS role, profile, kind, reason, max(at) FROM trouble GROUP BY instructionId`,
    ).all() as Array<Unanswered & { "max(at)": number }>;
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
