import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

/** Who has which item before them. A claim ends by itself, so that nobody has to be asked when a window is gone. */
export class ClaimRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  /**
   * Claims a subject for a person, or goes on claiming it; also from another window of theirs.
   *
   * @param holder the queue of one window, by which the claim is released.
   * @param until when the claim ends, and `now`: milliseconds since the epoch.
   * @returns false when another person holds it.
   */
  claim(subject: string, actor: string, holder: string, until: number, now: number): boolean {
    const result = this.#sql(
      `INSERT INTO claim (subject, actor, holder, until) VALUES (@subject, @actor, @holder, @until)
       ON CONFLICT (subject) DO UPDATE SET actor = @actor, holder = @holder, until = @until
         WHERE actor = @actor OR until <= @now`,
    ).run({ subject, actor, holder, until, now });
    return result.changes === 1;
  }

  /** Lets go of all that a holder has claimed. */
  release(holder: string): void {
    this.#sql("DELETE FROM claim WHERE holder = ?").run(holder);
  }

  /** The subjects that others than this person hold at present. */
  othersHave(actor: string, now: number): Set<string> {
    return new Set(
      this.#sql("SELECT subject FROM claim WHERE actor <> ? AND until > ?").pluck().all(actor, now) as string[],
    );
  }
}
