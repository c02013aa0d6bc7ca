import { LionError } from "../errors.ts";
import type { Connection } from "../store/database.ts";
import { type SqlCache, sqlCache } from "../store/sqlCache.ts";
import type { Store } from "../store/store.ts";
import { DecidedTables } from "./decidedTables.ts";
import { OpinionLog } from "./opinionLog.ts";

const COMING = "CREATE TEMP TABLE IF NOT EXISTS coming (id INTEGER PRIMARY KEY, in_cache INTEGER NOT NULL)";

/**
 * What `nextTrainPool` gives: approved, not excluded, never trained on; of an edited instruction its latest version, whose
 * own approval counts where it is a candidate.
 */
const FILL_COMING = `INSERT INTO temp.coming
  WITH RECURSIVE
    version (id, current) AS (
      SELECT id, id FROM temp.decided WHERE state = 'approved' AND id NOT IN (SELECT id FROM temp.excluded)
        AND id NOT IN (SELECT id FROM temp.withdrawn)
        AND NOT EXISTS (SELECT 1 FROM pool_member WHERE pool = 'train' AND instruction_id = id)
      UNION SELECT v.id, s.replacement FROM version v JOIN temp.superseded s ON s.id = v.current)
  SELECT DISTINCT current, EXISTS (SELECT 1 FROM pool_member WHERE pool = 'cache' AND instruction_id = current)
  FROM version
  WHERE (current = id OR NOT EXISTS (SELECT 1 FROM candidate WHERE instruction_id = current))
    AND current NOT IN (SELECT id FROM temp.superseded) AND current NOT IN (SELECT id FROM temp.excluded)
    AND NOT EXISTS (SELECT 1 FROM pool_member WHERE pool = 'train' AND instruction_id = current)`;

/** The version of the database that has the tallies and the full text. */
const OLDEST_SCHEMA = 3;

/** Filters that people type make ever new results. */
const MOST_KEPT = 200;

const UNKNOWN = "unknown";

const MARKERS = `SELECT
  (SELECT coalesce(sum(members), 0) FROM pool_tally) || '/' ||
  (SELECT coalesce(sum(changes), 0) FROM verdict_revision) || '/' ||
  (SELECT coalesce(max(id), 0) FROM instruction) || '/' ||
  (SELECT coalesce(max(number), 0) FROM iteration)`;

/** The pools of which iteration are in force; see `currentPools`. */
export interface CurrentPools {
  /** The newest iteration; 0 before the first. */
  readonly latest: number;
  /** The iteration whose pools are in force: the newest, or the coming one once the approval is finished. */
  readonly iteration: number;
  /** Whether approved instructions count as members already, though no stage has made them so. */
  readonly coming: boolean;
}

/**
 * What all readings of the pools rest on: the decisions in force, the coming pools, and results that stay right for as
 * long as nothing they depend on has changed.
 */
export class PoolState {
  readonly sql: SqlCache;
  readonly #connection: Connection;
  readonly decided: DecidedTables;
  /** Who holds which opinion on what; it reads the log when it is asked. */
  readonly opinions: OpinionLog;
  readonly #results = new Map<string, unknown>();
  readonly #stamped = new Map<string, { readonly stamp: string; readonly result: unknown }>();
  #version = "";
  #stamp = "";
  #comingStamp = UNKNOWN;
  #current: CurrentPools = { latest: 0, iteration: 1, coming: false };

  /** @throws LionError when the database is older than what is read here, which only a read-only store can be. */
  constructor({ connection, file }: Pick<Store, "connection" | "file">) {
    if ((connection.pragma("user_version", { simple: true }) as number) < OLDEST_SCHEMA) {
      throw new LionError(
        "environment",
        `${file} was written by an older version and may only be read here: trust the folder, which brings it up to date.`,
      );
    }
    this.#connection = connection;
    this.sql = sqlCache(connection);
    this.decided = new DecidedTables(connection);
    this.opinions = new OpinionLog(connection);
    connection.exec(COMING);
  }

  /** The pools in force, after taking over what has changed since the last reading. */
  refresh(): CurrentPools {
    const version = this.#readVersion();
    if (version !== this.#version) {
      this.decided.refresh();
      this.#refreshComing();
      const stamp = `${this.#markers()}/${this.decided.revision}/${this.#comingStamp}`;
      if (stamp !== this.#stamp) {
        this.#results.clear();
        this.#stamp = stamp;
      }
      this.#version = this.#readVersion();
    }
    return this.#current;
  }

  /**
   * Runs several queries on one state of the data, which also spares each of them taking its lock. Not meant for use
   * inside a write that may be rolled back.
   */
  reading<T>(work: () => T): T {
    this.refresh();
    if (this.#connection.inTransaction) {
      return work();
    }
    try {
      return this.#connection.transaction(work)();
    } catch (error) {
      // The temporary tables are what they were before; what is remembered of them may be newer.
      this.decided.forget();
      this.#version = "";
      this.#comingStamp = UNKNOWN;
      throw error;
    }
  }

  /** A result that depends on the pools, verdicts and decisions alone: read again only when one of these has changed. */
  remember<T>(name: string, read: () => T): T {
    this.refresh();
    if (!this.#results.has(name)) {
      if (this.#results.size >= MOST_KEPT) {
        this.#results.clear();
      }
      this.#results.set(name, read());
    }
    return this.#results.get(name) as T;
  }

  /** A result that is read again when `stamp` is another one; of the earlier stamp nothing is kept. */
  rememberWhile<T>(name: string, stamp: string, read: () => T): T {
    const kept = this.#stamped.get(name);
    if (kept?.stamp === stamp) {
      return kept.result as T;
    }
    const result = read();
    if (this.#stamped.size >= MOST_KEPT) {
      this.#stamped.clear();
    }
    this.#stamped.set(name, { stamp, result });
    return result;
  }

  /** Whether a person has overridden verdicts of an iteration. */
  isOverridden(iteration: number): boolean {
    return this.sql("SELECT 1 FROM temp.override WHERE iteration = ? LIMIT 1").get(iteration) !== undefined;
  }

  /** The pragma counts other connections' commits, total_changes() this connection's. */
  #readVersion(): string {
    return `${this.sql("PRAGMA data_version").pluck().get()}/${this.sql("SELECT total_changes()").pluck().get()}`;
  }

  #markers(): string {
    return this.sql(MARKERS).pluck().get() as string;
  }

  #refreshComing(): void {
    const latest = this.sql("SELECT coalesce(max(number), 0) FROM iteration").pluck().get() as number;
    const finished = this.sql("SELECT 1 FROM temp.finished WHERE iteration = ?").get(latest) !== undefined;
    this.#current = { latest, iteration: Math.max(1, finished ? latest + 1 : latest), coming: finished };
    const stamp = finished ? `${latest}/${this.decided.highest}/${this.#members()}` : "";
    if (stamp !== this.#comingStamp) {
      this.sql("DELETE FROM temp.coming").run();
      if (finished) {
        this.sql(FILL_COMING).run();
      }
      this.#comingStamp = stamp;
    }
  }

  #members(): number {
    return this.sql("SELECT coalesce(sum(members), 0) FROM pool_tally").pluck().get() as number;
  }
}
