import type { Connection } from "./database.ts";

/** What a view shows and may have to show anew. */
export type ChangedData = "pools" | "verdicts" | "candidates" | "decisions" | "iterations" | "jobs";

/** For each kind of data one value that differs whenever the data does; each is read without walking a long table. */
const MARKERS = `SELECT
  (SELECT coalesce(sum(members), 0) FROM pool_tally) AS pools,
  (SELECT coalesce(sum(changes), 0) FROM verdict_revision) AS verdicts,
  (SELECT coalesce(max(instruction_id), 0) FROM candidate) AS candidates,
  (SELECT coalesce(max(id), 0) FROM decision) AS decisions,
  (SELECT group_concat(number) || coalesce(
     (SELECT group_concat(iteration || name || state || milliseconds || note) FROM stage), '') FROM iteration) AS iterations,
  (SELECT coalesce((SELECT group_concat(id || state) FROM job), '') || coalesce(
     (SELECT group_concat(id || weights_sha256) FROM checkpoint), '')) AS jobs`;

type Markers = Readonly<Record<ChangedData, number | string | null>>;

/**
 * Tells which data has changed, by this connection or another, since it was asked last. Cheap enough to be asked twice a
 * second: while nobody commits, it costs one look at SQLite's own counter.
 */
export class ChangeWatcher {
  readonly #version: () => string;
  readonly #markers: () => Markers;
  #lastVersion: string;
  #last: Markers;

  constructor(connection: Connection) {
    const version = connection.prepare("PRAGMA data_version").pluck();
    // The pragma counts other connections' commits, total_changes() this connection's.
    const own = connection.prepare("SELECT total_changes()").pluck();
    const markers = connection.prepare(MARKERS);
    this.#version = () => `${version.get()}/${own.get()}`;
    this.#markers = () => markers.get() as Markers;
    this.#lastVersion = this.#version();
    this.#last = this.#markers();
  }

  /** What has changed since the last call, or since the watcher was made. */
  poll(): ReadonlySet<ChangedData> {
    const version = this.#version();
    if (version === this.#lastVersion) {
      return new Set();
    }
    const markers = this.#markers();
    const changed = (Object.keys(markers) as ChangedData[]).filter((data) => markers[data] !== this.#last[data]);
    this.#lastVersion = version;
    this.#last = markers;
    return new Set(changed);
  }
}
