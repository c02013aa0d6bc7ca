import { shareWithInterval } from "../evaluation/curve.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { PoolName } from "../store/pools.ts";
import type { Store } from "../store/store.ts";
import { CandidateBrowser } from "./candidateBrowser.ts";
import { type InstructionDetail, instructionDetail } from "./instructionDetail.ts";
import { type IterationSummary, iterationSummaries, poolSize } from "./iterationSummaries.ts";
import { countGroups } from "./poolCounts.ts";
import { Listing } from "./poolPages.ts";
import { poolRows } from "./poolRows.ts";
import { type PoolScope, poolScope } from "./poolSql.ts";
import { type CurrentPools, PoolState } from "./poolState.ts";
import { searchPool } from "./searchPool.ts";
import type {
  Bucket,
  CacheGrouping,
  Grouping,
  Page,
  PageOptions,
  Place,
  PoolFilter,
  PoolRow,
  RatedCount,
  RowSort,
  TrainGrouping,
  VerdictsShown,
} from "./types.ts";
import { verdictFigures } from "./verdictFigures.ts";

/** Sorting so many rows takes about 10 ms. */
const MOST_SORTED = 10_000;

/**
 * What views read of a project: counts, pages, search and details, each in a few milliseconds at 100,000 instructions.
 * It always shows the data as it is at the time of the call. Excluded and superseded instructions are in no count and on
 * no page. Texts are hostile: they are data, never markup.
 *
 * All methods throw what SQLite throws when the file cannot be read.
 */
export class PoolBrowser {
  readonly candidates: CandidateBrowser;
  readonly #store: Store;
  /** What other readings of the same data rest on. */
  readonly state: PoolState;
  readonly #mostSorted: number;

  /**
   * @param options.mostSorted buckets of up to so many rows are sorted for each page, larger ones read from an index in
   * its order.
   * @throws LionError when the database is older than what the views read, which only a read-only store can be.
   */
  constructor(store: Store, options: { readonly mostSorted?: number } = {}) {
    this.#mostSorted = options.mostSorted ?? MOST_SORTED;
    this.#store = store;
    this.state = new PoolState(store);
    this.candidates = new CandidateBrowser(this.state);
  }

  /** The pools in force: after Finish Approval already the coming ones. */
  current(): CurrentPools {
    return this.state.refresh();
  }

  /** The Train pool in force by group. The verdicts shown with its rows are by default the newest iteration's. */
  trainCounts(
    options: { readonly grouping?: TrainGrouping; readonly filter?: PoolFilter } & Partial<VerdictsShown> = {},
  ): Bucket[] {
    const shown = { ...this.#newestVerdicts(), ...options };
    return this.#buckets("train", options.grouping ?? "origin", shown, options.filter ?? {});
  }

  /** The Cache by group, as it stands with the given iteration's verdicts. States are listed also when they are empty. */
  cacheCounts(options: VerdictsShown & { readonly grouping?: CacheGrouping; readonly filter?: PoolFilter }): Bucket[] {
    return this.#buckets("cache", options.grouping ?? "verdict", options, options.filter ?? {});
  }

  /** Rows of a bucket behind a cursor; the first ones without. */
  page(bucket: Bucket, { sort = "gap", after = null, limit }: PageOptions): Page<PoolRow> {
    const scope = this.#scope(bucket.pool, bucket, bucket.filter);
    const sorted = after?.sorted ?? this.#isSorted(bucket);
    const found = new Listing(this.state.sql, scope, bucket, { sort, sorted }).page(after, limit + 1);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const isMore = last !== undefined && found.length > limit;
    return {
      rows: poolRows(
        this.state.sql,
        scope,
        shown.map(({ id }) => id),
      ),
      next: isMore ? last : null,
      left: isMore ? Math.max(1, bucket.count - last.seen) : 0,
    };
  }

  /** Which of the buckets lists an instruction, and where; null when none does. */
  locate(
    instructionId: number,
    buckets: readonly Bucket[],
    { sort = "gap", limit }: Omit<PageOptions, "after">,
  ): Place | null {
    return this.state.reading(() => {
      for (const bucket of buckets) {
        const place = this.#placeIn(bucket, instructionId, sort, limit);
        if (place) {
          return place;
        }
      }
      return null;
    });
  }

  /** Members of the Cache in force that hold all words, the best matches first; the last word may be a beginning. */
  search(
    text: string,
    options: { readonly limit: number; readonly filter?: PoolFilter } & Partial<VerdictsShown>,
  ): PoolRow[] {
    const shown = { ...this.#newestVerdicts(), ...options };
    const scope = this.#scope("cache", shown, { ...options.filter, hasText: text });
    return searchPool(this.state.sql, scope, options.limit);
  }

  /** How much of the Cache an iteration has rated; null when there is no such iteration. */
  ratedOf({ iteration }: { readonly iteration: number }): RatedCount | null {
    const config = this.#configOf(iteration);
    if (!config) {
      return null;
    }
    const { mode, tau } = config.discrimination;
    const { rated, hard, easy } = verdictFigures(this.state, "draw", { iteration, tau });
    const total = poolSize(this.state, "cache", iteration);
    const share = shareWithInterval(hard, hard + easy);
    return {
      rated,
      total,
      mode,
      hardShare: share && { value: share.value, low: share.low, high: share.high },
      projectedHard:
        mode === "full"
          ? { low: hard, high: hard }
          : share && { low: Math.round(share.low * total), high: Math.round(share.high * total) },
    };
  }

  /** Everything about one instruction; null when there is none of this id. */
  instructionDetail(id: number): InstructionDetail | null {
    return this.state.reading(() => instructionDetail(this.#store, this.state.sql, id));
  }

  /** Where each iteration stands, the first one first. */
  iterationSummaries(): IterationSummary[] {
    return this.state.reading(() => iterationSummaries(this.#store, this.state));
  }

  #buckets(pool: PoolName, grouping: Grouping, shown: VerdictsShown, filter: PoolFilter): Bucket[] {
    const { iteration, tau } = shown;
    const name = `${pool}/${grouping}/${iteration}/${tau}/${JSON.stringify(filter)}`;
    return this.state.remember(name, () => {
      const counts = countGroups(this.state, this.#scope(pool, shown, filter), grouping);
      return [...counts].map(([key, count]) => ({
        id: `${pool}/${grouping}/${key}`,
        ...{ pool, grouping, key, iteration, tau, filter, count },
        name: grouping === "source" ? this.#sourceName(Number(key)) : null,
      }));
    });
  }

  #scope(pool: PoolName, shown: VerdictsShown, filter: PoolFilter): PoolScope {
    const current = this.state.refresh();
    return poolScope(pool, shown, { filter, current, overridden: this.state.isOverridden(shown.iteration) });
  }

  #placeIn(bucket: Bucket, instructionId: number, sort: RowSort, limit: number): Place | null {
    const scope = this.#scope(bucket.pool, bucket, bucket.filter);
    const listing = (sorted: boolean): Listing => new Listing(this.state.sql, scope, bucket, { sort, sorted });
    // Counting needs no order, and what is sorted is read from where there is the least to count.
    const position = listing(true).positionOf(instructionId);
    if (position === null) {
      return null;
    }
    const distance = (position % limit) + 1;
    const skipped = position + 1 - distance;
    const before = skipped === 0 ? null : listing(this.#isSorted(bucket)).before(instructionId, position, distance);
    return { bucketId: bucket.id, position, before, skipped };
  }

  #isSorted({ count }: Bucket): boolean {
    return count <= this.#mostSorted;
  }

  #sourceName(id: number): string | null {
    return (this.state.sql("SELECT name FROM source WHERE id = ?").pluck().get(id) as string | undefined) ?? null;
  }

  #newestVerdicts(): VerdictsShown {
    const { latest } = this.state.refresh();
    return { iteration: latest, tau: this.#configOf(latest)?.discrimination.tau ?? 1 };
  }

  #configOf(iteration: number): ProjectConfig | null {
    const config = this.state.sql("SELECT config FROM iteration WHERE number = ?").pluck().get(iteration);
    return typeof config === "string" ? (JSON.parse(config) as ProjectConfig) : null;
  }
}
