import type { Connection } from "../store/database.ts";

/**
 * Tells whether an iteration's part of the ledger has changed without reading it: attempts only come, and one changes only
 * while it is in flight.
 */
export class LedgerStamps {
  readonly #connection: Connection;
  readonly #versions = new Map<number, number>();
  #seen = 0;
  #inFlight: readonly number[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Looks for what is new; call it once before asking. */
  refresh(): void {
    const newest = this.#connection.prepare("SELECT coalesce(max(id), 0) FROM attempt").pluck().get() as number;
    const fresh = this.#connection
      .prepare("SELECT DISTINCT iteration FROM attempt WHERE id > ? AND id <= ?")
      .pluck()
      .all(this.#seen === 0 ? newest : this.#seen, newest) as number[];
    for (const iteration of new Set([...fresh, ...this.#inFlight])) {
      this.#versions.set(iteration, (this.#versions.get(iteration) ?? 0) + 1);
    }
    this.#seen = newest;
    // Left to itself, SQLite reads the whole index by iteration for the sake of DISTINCT.
    this.#inFlight = this.#connection
      .prepare("SELECT DISTINCT iteration FROM attempt INDEXED BY attempt_in_flight WHERE state = 'sent'")
      .pluck()
      .all() as number[];
  }

  /** The same as long as the iteration's attempts are the same. */
  of(iteration: number): string {
    return String(this.#versions.get(iteration) ?? 0);
  }
}
