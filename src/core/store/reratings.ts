import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

/** Which pairs are rated again: all behind an iteration's verdicts, or those that stayed unscored. */
export type ReratingScope = "all" | "unscored";

export interface NewRerating {
  readonly iteration: number;
  /** The referee's profile. */
  readonly profile: string;
  /** The project's own prompt; null for ours. */
  readonly prompt: string | null;
  readonly scope: ReratingScope;
  /** Pairs at most; null for all. */
  readonly limit: number | null;
}

export interface Rerating extends NewRerating {
  readonly id: number;
  readonly state: "open" | "done";
  /** When its verdicts took the place of the iteration's, in milliseconds since the epoch. */
  readonly appliedAt: number | null;
}

const SELECT = `SELECT id, iteration, profile, prompt, scope, pair_limit AS "limit", state, applied_at AS appliedAt
  FROM rerating`;

/** Reratings: the referee asked again about the pairs behind an iteration's verdicts. */
export class ReratingRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  get(id: number): Rerating | null {
    return (this.#sql(`${SELECT} WHERE id = ?`).get(id) as Rerating | undefined) ?? null;
  }

  /** The unfinished one that asks the same, or null. */
  unfinished({ iteration, profile, prompt, scope, limit }: NewRerating): Rerating | null {
    const row = this.#sql(
      `${SELECT} WHERE state = 'open' AND iteration = ? AND profile = ? AND prompt IS ? AND scope = ?
         AND pair_limit IS ? ORDER BY id DESC LIMIT 1`,
    ).get(iteration, profile, prompt, scope, limit);
    return (row as Rerating | undefined) ?? null;
  }

  /** Begins one. Returns its id. */
  add(rerating: NewRerating, actor: string, now: number): number {
    const result = this.#sql(
      `INSERT INTO rerating (iteration, profile, prompt, scope, pair_limit, state, actor, created_at)
       VALUES (@iteration, @profile, @prompt, @scope, @limit, 'open', @actor, @now)`,
    ).run({ ...rerating, actor, now });
    return Number(result.lastInsertRowid);
  }

  finish(id: number): void {
    this.#sql("UPDATE rerating SET state = 'done' WHERE id = ?").run(id);
  }

  markApplied(id: number, now: number): void {
    this.#sql("UPDATE rerating SET applied_at = ? WHERE id = ?").run(now, id);
  }
}
