import type { Connection } from "../store/database.ts";
import type { StageName } from "../store/iterations.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";
import type { CallSummary } from "./iterationSummaries.ts";

/** What a role used in a stage. */
export type StageCall = Omit<CallSummary, "profile">;

interface Counted {
  readonly role: StageCall["role"];
  readonly currency: string | null;
  readonly calls: number;
  readonly cost: number;
}

/**
 * Tells the calls of an iteration apart by the stage in which they left. Stages follow one another, so that those that
 * are over are counted once, and the last one has what they leave of the iteration's total.
 */
export class StageCalls {
  readonly #sql: SqlCache;
  readonly #closed = new Map<string, readonly Counted[]>();

  constructor(connection: Connection) {
    this.#sql = sqlCache(connection);
  }

  /** What each stage that has begun used. */
  of(iteration: number): ReadonlyMap<StageName, readonly StageCall[]> {
    const starts = this.#starts(iteration);
    const left = this.#total(iteration);
    const result = new Map<StageName, readonly StageCall[]>();
    for (const [index, { name, from }] of starts.entries()) {
      const next = starts[index + 1];
      const counted = next ? this.#closedStage(iteration, name, from, next.from) : [...left.values()];
      if (next) {
        subtract(left, counted);
      }
      result.set(name, counted.filter((row) => row.calls > 0).map(toStageCall));
    }
    return result;
  }

  /** The stages that have begun, each with the first attempt that left after its beginning. */
  #starts(iteration: number): Array<{ name: StageName; from: number }> {
    const stages = this.#sql(
      `SELECT name, started_at AS at FROM stage WHERE iteration = ?
       ORDER BY started_at, CASE name WHEN 'imitation' THEN 1 WHEN 'discrimination' THEN 2 ELSE 3 END`,
    ).all(iteration) as Array<{ name: StageName; at: number }>;
    return stages.map(({ name, at }, index) => ({ name, from: index === 0 ? 0 : this.#firstSince(at) }));
  }

  /** Attempts are numbered in the order in which they left, so that halving the range finds one by its time. */
  #firstSince(time: number): number {
    let low = 1;
    let high = (this.#sql("SELECT coalesce(max(id), 0) + 1 FROM attempt").pluck().get() as number) || 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#sql("SELECT sent_at AS at FROM attempt WHERE id >= ? ORDER BY id LIMIT 1").get(middle) as
        | { at: number }
        | undefined;
      if (row === undefined || row.at >= time) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  #total(iteration: number): Map<string, Counted> {
    const rows = this.#sql(
      `SELECT role, nullif(currency, '') AS currency, sum(calls) AS calls, sum(cost) AS cost FROM call_tally
       WHERE iteration = ? GROUP BY role, currency`,
    ).all(iteration) as Counted[];
    return new Map(rows.map((row) => [`${row.role}/${row.currency}`, row]));
  }

  #closedStage(iteration: number, name: StageName, from: number, to: number): readonly Counted[] {
    const key = `${iteration}/${name}/${from}/${to}`;
    const known = this.#closed.get(key);
    if (known) {
      return known;
    }
    const counted = this.#sql(
      `SELECT role, currency, count(*) AS calls, sum(coalesce(cost, reserved_cost)) AS cost
       FROM attempt INDEXED BY attempt_by_iteration WHERE iteration = ? AND id >= ? AND id < ?
       GROUP BY role, currency`,
    ).all(iteration, from, to) as Counted[];
    this.#closed.set(key, counted);
    return counted;
  }
}

function subtract(from: Map<string, Counted>, counted: readonly Counted[]): void {
  for (const { role, currency, calls, cost } of counted) {
    const key = `${role}/${currency}`;
    const before = from.get(key);
    if (before) {
      from.set(key, { ...before, calls: before.calls - calls, cost: Math.max(0, before.cost - cost) });
    }
  }
}

function toStageCall({ cost, currency, ...row }: Counted): StageCall {
  return { ...row, currency, cost: currency === null ? null : cost };
}
