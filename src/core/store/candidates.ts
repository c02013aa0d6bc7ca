import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

export type Half = "hard" | "easy";

export interface Candidate {
  /** The candidate's own instruction. */
  readonly instructionId: number;
  readonly iteration: number;
  /** The kind of seed it was written from; null when it was imported. */
  readonly half: Half | null;
  /** Number of the generator's request within its half. */
  readonly ordinal: number;
  readonly parentId: number | null;
  /** The generator's reply. */
  readonly answerId: number | null;
  /** Reason code when a filter refused it; null when it passed all filters. */
  readonly filter: string | null;
  readonly filterDetail: string | null;
  readonly nearestId: number | null;
  readonly nearestScore: number | null;
}

const SELECT = `SELECT instruction_id AS instructionId, iteration, half, ordinal, parent_id AS parentId,
  answer_id AS answerId, filter, filter_detail AS filterDetail, nearest_id AS nearestId, nearest_score AS nearestScore
  FROM candidate`;

/** Candidates: generated or imported instructions that wait for approval, with what the filters said. */
export class CandidateRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  add(candidate: Candidate, now: number): void {
    this.#sql(
      `INSERT INTO candidate (instruction_id, iteration, half, ordinal, parent_id, answer_id, filter, filter_detail,
         nearest_id, nearest_score, created_at)
       VALUES (@instructionId, @iteration, @half, @ordinal, @parentId, @answerId, @filter, @filterDetail,
         @nearestId, @nearestScore, @now)`,
    ).run({ ...candidate, now });
  }

  get(instructionId: number): Candidate | null {
    return (this.#sql(`${SELECT} WHERE instruction_id = ?`).get(instructionId) as Candidate | undefined) ?? null;
  }

  /** The candidates among some instructions, read at once, by their ids. */
  getMany(instructionIds: readonly number[]): Map<number, Candidate> {
    const rows = this.#sql(
      `SELECT c.* FROM json_each(?) wanted CROSS JOIN (${SELECT}) c ON c.instructionId = wanted.value`,
    ).all(JSON.stringify(instructionIds)) as Candidate[];
    return new Map(rows.map((candidate) => [candidate.instructionId, candidate]));
  }

  /** Candidates of an iteration, in the order in which they were stored. */
  ofIteration(iteration: number): Candidate[] {
    return this.#sql(`${SELECT} WHERE iteration = ? ORDER BY instruction_id`).all(iteration) as Candidate[];
  }

  all(): Candidate[] {
    return this.#sql(`${SELECT} ORDER BY instruction_id`).all() as Candidate[];
  }

  /** The highest request number applied in a half, or −1. */
  lastOrdinal(iteration: number, half: Half): number {
    return this.#sql("SELECT max(-1, coalesce(max(ordinal), -1)) FROM candidate WHERE iteration = ? AND half = ?")
      .pluck()
      .get(iteration, half) as number;
  }
}
