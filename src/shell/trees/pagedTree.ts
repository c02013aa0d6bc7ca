/** A group of rows, of which only counts are known until it is opened. */
export interface Bucket {
  /** Unique within its tree, and the same after every refresh. */
  readonly id: string;
  readonly count: number;
}

/** Some rows of a bucket in their order. */
export interface Page<Row, Cursor> {
  readonly rows: readonly Row[];
  /** Where the next page begins; null when this is the last one. */
  readonly next: Cursor | null;
}

/** Where a tree's buckets and rows are read from. */
export interface PageSource<B extends Bucket, Row extends { readonly id: number }, Cursor> {
  /** Read often: it must be cheap. */
  buckets(): readonly B[];
  /** Rows of a bucket behind a cursor; the first ones without. */
  page(bucket: B, after: Cursor | null, limit: number): Page<Row, Cursor>;
  /** How many rows a page has. */
  pageSize(): number;
  /** The iteration that a row is shown for. */
  iterationOf(bucket: B, row: Row): number;
}

export interface BucketNode<B> {
  readonly kind: "bucket";
  bucket: B;
}

/** Has what commands take as their argument, since the editor hands them the node. */
export interface RowNode<B, Row> {
  readonly kind: "row";
  readonly parent: BucketNode<B>;
  readonly instructionId: number;
  readonly iteration: number;
  row: Row;
}

/** Stands for the rows that are not loaded, before or behind those that are. */
export interface RestNode<B> {
  readonly kind: "earlier" | "more";
  readonly parent: BucketNode<B>;
  left: number;
}

export type PagedNode<B, Row> = BucketNode<B> | RowNode<B, Row> | RestNode<B>;

/** The part of a bucket that is loaded. */
interface Window<B, Row, Cursor> {
  rows: Map<number, RowNode<B, Row>>;
  /** Where the first loaded page begins, and how many rows are before it. */
  start: Cursor | null;
  skipped: number;
  next: Cursor | null;
  /** The rows have changed since they were read. */
  stale: boolean;
  readonly earlier: RestNode<B>;
  readonly more: RestNode<B>;
}

/** A bucket can be reloaded in one go up to here; what is loaded beyond it waits for the bucket to be read anew. */
const MOST_RELOADED = 1000;

/**
 * Buckets with pages of rows. A bucket is read when it is opened and read again only when it has changed; nodes keep
 * their identity for as long as their rows are there.
 */
export class PagedTree<B extends Bucket, Row extends { readonly id: number }, Cursor> {
  readonly #source: PageSource<B, Row, Cursor>;
  readonly #buckets = new Map<string, BucketNode<B>>();
  readonly #windows = new Map<BucketNode<B>, Window<B, Row, Cursor>>();
  #order: readonly BucketNode<B>[] | null = null;

  constructor(source: PageSource<B, Row, Cursor>) {
    this.#source = source;
  }

  roots(): readonly BucketNode<B>[] {
    this.#order ??= this.#source.buckets().map((bucket) => this.#nodeOf(bucket));
    return this.#order;
  }

  children(node: PagedNode<B, Row>): readonly PagedNode<B, Row>[] {
    if (node.kind !== "bucket") {
      return [];
    }
    const window = this.#loaded(node);
    const left = Math.max(0, node.bucket.count - window.skipped - window.rows.size);
    window.more.left = left;
    window.earlier.left = window.skipped;
    return [
      ...(window.skipped > 0 ? [window.earlier] : []),
      ...window.rows.values(),
      ...(window.next !== null && left > 0 ? [window.more] : []),
    ];
  }

  parent(node: PagedNode<B, Row>): BucketNode<B> | undefined {
    return node.kind === "bucket" ? undefined : node.parent;
  }

  /** The rows of a bucket that are loaded; none when it was never opened. */
  loadedRows(node: BucketNode<B>): readonly RowNode<B, Row>[] {
    return [...(this.#windows.get(node)?.rows.values() ?? [])];
  }

  bucket(id: string): BucketNode<B> | undefined {
    this.roots();
    return this.#buckets.get(id);
  }

  /** Loads the next page of a bucket, or the beginning again when pages before the loaded ones were asked for. */
  loadMore(node: BucketNode<B>, direction: "earlier" | "more" = "more"): void {
    const window = this.#loaded(node);
    if (direction === "earlier") {
      this.#windows.delete(node);
    } else if (window.next !== null) {
      this.#append(node, window, window.next, this.#source.pageSize());
    }
  }

  /**
   * The node of a row, with the page loaded that it is on. Far behind what is loaded the window moves there, so that
   * not everything before it has to be read.
   *
   * @param position how many rows of the bucket are before it.
   * @param before the cursor behind which a page begins that holds it.
   * @param skipped how many rows are before that page.
   */
  reach(
    node: BucketNode<B>,
    id: number,
    { position, before, skipped }: { position: number; before: Cursor | null; skipped: number },
  ): RowNode<B, Row> | undefined {
    const window = this.#loaded(node);
    if (window.rows.has(id)) {
      return window.rows.get(id);
    }
    const end = window.skipped + window.rows.size;
    if (window.next !== null && position >= end && position < end + MOST_RELOADED) {
      this.#append(node, window, window.next, position - end + 1);
    }
    return window.rows.get(id) ?? this.#moveTo(node, before, skipped).rows.get(id);
  }

  /**
   * Reads the buckets again. Those whose count has changed, or all when `everything` may have, are read anew when they
   * are asked for next; of several loaded pages only when everything is, since a run changes counts twice a second. Returns the buckets that look different, or `all` when there are others than before.
   */
  refresh({ everything }: { readonly everything: boolean }): "all" | BucketNode<B>[] {
    const before = this.#order;
    if (!before) {
      return "all";
    }
    const buckets = this.#source.buckets();
    const same = buckets.length === before.length && buckets.every(({ id }, index) => before[index]?.bucket.id === id);
    const changed = buckets.filter((bucket) => this.#update(bucket, everything)).map((bucket) => this.#nodeOf(bucket));
    if (same) {
      return changed;
    }
    this.#order = buckets.map((bucket) => this.#nodeOf(bucket));
    const shown = new Set(buckets.map(({ id }) => id));
    for (const node of before.filter(({ bucket }) => !shown.has(bucket.id))) {
      this.#buckets.delete(node.bucket.id);
      this.#windows.delete(node);
    }
    return "all";
  }

  /** Takes over a bucket's new figures; true when it looks different. */
  #update(bucket: B, everything: boolean): boolean {
    const node = this.#nodeOf(bucket);
    const window = this.#windows.get(node);
    const differs = !isEqual(node.bucket, bucket);
    const recounted = node.bucket.count !== bucket.count && (window?.rows.size ?? 0) <= this.#source.pageSize();
    if (window && (everything || recounted)) {
      window.stale = true;
    }
    node.bucket = bucket;
    return differs || window?.stale === true;
  }

  #nodeOf(bucket: B): BucketNode<B> {
    const known = this.#buckets.get(bucket.id);
    if (known) {
      return known;
    }
    const node: BucketNode<B> = { kind: "bucket", bucket };
    this.#buckets.set(bucket.id, node);
    return node;
  }

  #loaded(node: BucketNode<B>): Window<B, Row, Cursor> {
    const window = this.#windows.get(node);
    if (!window) {
      return this.#moveTo(node, null, 0);
    }
    if (window.stale) {
      this.#reload(node, window);
    }
    return window;
  }

  #moveTo(node: BucketNode<B>, start: Cursor | null, skipped: number): Window<B, Row, Cursor> {
    const window: Window<B, Row, Cursor> = {
      ...{ rows: new Map(), start, skipped, next: null, stale: false },
      earlier: { kind: "earlier", parent: node, left: skipped },
      more: { kind: "more", parent: node, left: 0 },
    };
    this.#windows.set(node, window);
    this.#append(node, window, start, this.#source.pageSize());
    return window;
  }

  /** Reads as many rows again as were loaded; rows that are still there keep their nodes. */
  #reload(node: BucketNode<B>, window: Window<B, Row, Cursor>): void {
    const known = window.rows;
    const limit = Math.min(MOST_RELOADED, Math.max(known.size, this.#source.pageSize()));
    window.rows = new Map();
    window.stale = false;
    this.#append(node, window, window.start, limit, known);
  }

  #append(
    node: BucketNode<B>,
    window: Window<B, Row, Cursor>,
    after: Cursor | null,
    limit: number,
    known: ReadonlyMap<number, RowNode<B, Row>> = window.rows,
  ): void {
    const { rows, next } = this.#source.page(node.bucket, after, limit);
    for (const row of rows) {
      const kept = known.get(row.id) ?? this.#newRow(node, row);
      kept.row = row;
      window.rows.set(row.id, kept);
    }
    window.next = next;
  }

  #newRow(parent: BucketNode<B>, row: Row): RowNode<B, Row> {
    const iteration = this.#source.iterationOf(parent.bucket, row);
    return { kind: "row", parent, instructionId: row.id, iteration, row };
  }
}

/** Buckets are plain values, a few fields each. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
