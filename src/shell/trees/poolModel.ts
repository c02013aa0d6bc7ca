import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { Bucket, Cursor, PoolRow, RatedCount, VerdictsShown } from "../../core/browse/types.ts";
import type { PoolName } from "../../core/store/pools.ts";
import type { ItemModel } from "./itemModel.ts";
import { hardShareSentence, ratedText } from "./iterationItems.ts";
import type { Localizer } from "./localizer.ts";
import { type BucketNode, type PagedNode, PagedTree, type RowNode } from "./pagedTree.ts";
import { poolBucketItem, poolRowItem, restItem } from "./poolItems.ts";
import type { Redraw, TreeModel } from "./treeModel.ts";
import { filterWords, groupingWord, type PoolOptions, sortWord } from "./viewOptions.ts";

export type PoolNode = PagedNode<Bucket, PoolRow>;

/**
 * Changes after which any row may look different; after others only buckets with other counts are read again. Stages are
 * among the iterations: when one ends, what was only counted while it ran is read.
 */
const TOUCHING_ROWS = new Set(["pools", "decisions", "config", "iterations"]);

/** A pool as its view shows it: buckets, pages of rows, and what is said about the whole. */
export class PoolModel implements TreeModel<PoolNode, string> {
  readonly pool: PoolName;
  readonly #browser: PoolBrowser;
  readonly #options: PoolOptions;
  readonly #shown: () => VerdictsShown;
  readonly #l10n: Localizer;
  readonly #tree: PagedTree<Bucket, PoolRow, Cursor>;
  #rated: RatedCount | null = null;

  /** @param shown whose verdicts are shown, and τ; asked again at every refresh. */
  constructor(options: {
    readonly pool: PoolName;
    readonly browser: PoolBrowser;
    readonly options: PoolOptions;
    readonly shown: () => VerdictsShown;
    readonly pageSize: () => number;
    readonly l10n: Localizer;
  }) {
    this.pool = options.pool;
    this.#browser = options.browser;
    this.#options = options.options;
    this.#shown = options.shown;
    this.#l10n = options.l10n;
    this.#tree = new PagedTree({
      buckets: () => this.#buckets(),
      page: (bucket, after, limit) => this.#browser.page(bucket, { sort: this.#options.sort, after, limit }),
      pageSize: options.pageSize,
      iterationOf: ({ iteration }) => iteration,
    });
  }

  children(node?: PoolNode): readonly PoolNode[] {
    return node ? this.#tree.children(node) : this.#tree.roots();
  }

  parent(node: PoolNode): PoolNode | undefined {
    return this.#tree.parent(node);
  }

  item(node: PoolNode): ItemModel {
    switch (node.kind) {
      case "bucket":
        return this.#withRated(node.bucket, poolBucketItem(node.bucket, this.#l10n));
      case "row":
        return poolRowItem(node.row, node.parent.bucket, this.#l10n);
      default:
        return restItem(node.parent.bucket.id, node, this.#l10n);
    }
  }

  refresh(parts: ReadonlySet<string>): Redraw<PoolNode> {
    return this.#tree.refresh({ everything: !parts.isDisjointFrom(TOUCHING_ROWS) });
  }

  loadMore(node: BucketNode<Bucket>, direction: "earlier" | "more"): void {
    this.#tree.loadMore(node, direction);
  }

  /** A bucket by its key (`hard`, `imported`, `2`), or undefined when there is none under the present grouping. */
  bucket(key: string): BucketNode<Bucket> | undefined {
    return this.#tree.roots().find(({ bucket }) => bucket.key === key);
  }

  /** The node of an instruction, with its page loaded; undefined when it is not in the view as it is set. */
  reach(instructionId: number, pageSize: number): RowNode<Bucket, PoolRow> | undefined {
    const buckets = this.#tree.roots().map(({ bucket }) => bucket);
    const place = this.#browser.locate(instructionId, buckets, { sort: this.#options.sort, limit: pageSize });
    const node = place && this.#tree.bucket(place.bucketId);
    return node ? this.#tree.reach(node, instructionId, place) : undefined;
  }

  /** What the view's title says beside its name: whose verdicts, how far they go, and how the view is set. */
  description(): string {
    const { filter, sort, grouping } = this.#options;
    const l10n = this.#l10n;
    const { iteration } = this.#shown();
    const rated = this.#browser.ratedOf({ iteration });
    const cache = this.pool === "cache";
    return [
      // First, for the end is cut in a narrow side bar: nobody must take a part for all.
      ...filterWords(filter, l10n),
      ...(rated && rated.rated > 0 ? [l10n.t("iteration {0}", iteration)] : []),
      ...(cache && rated && rated.mode === "lazy" && rated.rated > 0 ? [ratedText(rated, l10n)] : []),
      ...(cache && grouping !== "verdict" ? [groupingWord(grouping, l10n)] : []),
      ...(cache && sort !== "gap" ? [sortWord(sort, l10n)] : []),
    ].join(" · ");
  }

  #buckets(): readonly Bucket[] {
    const shown = this.#shown();
    const { filter, grouping } = this.#options;
    this.#rated = this.#browser.ratedOf({ iteration: shown.iteration });
    const buckets =
      this.pool === "train"
        ? this.#browser.trainCounts({ ...shown, grouping: "origin", filter })
        : this.#browser.cacheCounts({ ...shown, grouping, filter });
    // An empty pool shows its welcome instead of empty buckets.
    return buckets.some(({ count }) => count > 0) ? buckets : [];
  }

  /** The hard ones of a lazy iteration stand for more of them in the whole Cache: their tooltip says how many. */
  #withRated(bucket: Bucket, item: ItemModel): ItemModel {
    const rated = this.#rated;
    if (!rated || bucket.grouping !== "verdict" || bucket.key !== "hard") {
      return item;
    }
    const l10n = this.#l10n;
    return { ...item, tooltip: [item.tooltip, ratedText(rated, l10n), hardShareSentence(rated, l10n)].join("\n") };
  }
}
