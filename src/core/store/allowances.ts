import type { Connection } from "./database.ts";
import { type SqlCache, sqlCache } from "./sqlCache.ts";

/** What a person allows an iteration to use, over all roles. */
export interface Allowance {
  /** Requests in all, retries included; null is no bound. */
  readonly calls: number | null;
  /** Millionths of the currency; null is no bound. */
  readonly cost: number | null;
  readonly currency: string | null;
}

export interface Money {
  readonly currency: string;
  /** Millionths of the currency; attempts without a known outcome count at their worst case. */
  readonly cost: number;
}

/** What the requests of an iteration have used. */
export interface Used {
  /** Requests that left, whatever became of them. */
  readonly calls: number;
  /** What has a price, by currency. */
  readonly costs: readonly Money[];
}

/** Allowances, which are only ever added to, and what is used of them. */
export class AllowanceRepository {
  readonly #sql: SqlCache;

  constructor(db: Connection) {
    this.#sql = sqlCache(db);
  }

  add(iteration: number, { calls, cost, currency }: Allowance, actor: string, now: number): void {
    this.#sql(
      "INSERT INTO allowance (iteration, calls, cost, currency, actor, created_at) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(iteration, calls, cost, currency, actor, now);
  }

  /** The one that counts: the newest of an iteration, or null when nothing bounds it. */
  newest(iteration: number): Allowance | null {
    const row = this.#sql(
      "SELECT calls, cost, currency FROM allowance WHERE iteration = ? ORDER BY id DESC LIMIT 1",
    ).get(iteration);
    return (row as Allowance | undefined) ?? null;
  }

  /** Whether the newest allowance of the iterations before this one bounds something. */
  boundedBefore(iteration: number): boolean {
    const bounded = this.#sql(
      `SELECT calls IS NOT NULL OR cost IS NOT NULL FROM allowance WHERE iteration < ?
       ORDER BY iteration DESC, id DESC LIMIT 1`,
    )
      .pluck()
      .get(iteration);
    return bounded === 1;
  }

  used(iteration: number): Used {
    // Grouped as the index is ordered, so that nothing has to be sorted.
    const rows = this.#sql(
      `SELECT currency, count(*) AS calls, sum(coalesce(cost, reserved_cost)) AS cost FROM attempt
       WHERE iteration = ? GROUP BY role, profile, currency`,
    ).all(iteration) as Array<{ currency: string | null; calls: number; cost: number }>;
    const costs = new Map<string, number>();
    for (const { currency, cost } of rows) {
      if (currency !== null) {
        costs.set(currency, (costs.get(currency) ?? 0) + cost);
      }
    }
    return {
      calls: rows.reduce((sum, { calls }) => sum + calls, 0),
      costs: [...costs]
        .map(([currency, cost]) => ({ currency, cost }))
        .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    };
  }
}
