import type { PoolBrowser } from "../../core/browse/poolBrowser.ts";
import type { CandidateBucket, CandidateFilter, CandidateRow, Cursor } from "../../core/browse/types.ts";
import { candidateBucketItem, candidateItem } from "./candidateItems.ts";
import type { ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { type BucketNode, type PagedNode, PagedTree, type RowNode } from "./pagedTree.ts";
import { restItem } from "./poolItems.ts";
import type { Redraw, TreeModel } from "./treeModel.ts";

export type ReviewNode = PagedNode<CandidateBucket, CandidateRow>;

/** Candidates by what was decided about them, and those that are checked for being decided about together. */
export class ReviewModel implements TreeModel<ReviewNode, string> {
  readonly #browser: PoolBrowser;
  readonly #filter: CandidateFilter;
  readonly #l10n: Localizer;
  readonly #tree: PagedTree<CandidateBucket, CandidateRow, Cursor>;
  readonly #checked = new Set<number>();

  constructor(options: {
    readonly browser: PoolBrowser;
    readonly filter: CandidateFilter;
    readonly pageSize: () => number;
    readonly l10n: Localizer;
  }) {
    this.#browser = options.browser;
    this.#filter = options.filter;
    this.#l10n = options.l10n;
    this.#tree = new PagedTree({
      buckets: () => this.#buckets(),
      page: ({ state }, after, limit) =>
        this.#browser.candidates.page(state, { filter: this.#filter, sort: "oldest", after, limit }),
      pageSize: options.pageSize,
      iterationOf: (_, { iteration }) => iteration,
    });
  }

  /** Ids of the checked candidates, in the order in which they were checked. */
  get checked(): readonly number[] {
    return [...this.#checked];
  }

  /** How many candidates wait, whatever the filter. */
  get waiting(): number {
    return this.#browser.candidates.counts({}).find(({ state }) => state === "waiting")?.count ?? 0;
  }

  children(node?: ReviewNode): readonly ReviewNode[] {
    return node ? this.#tree.children(node) : this.#tree.roots();
  }

  parent(node: ReviewNode): ReviewNode | undefined {
    return this.#tree.parent(node);
  }

  item(node: ReviewNode): ItemModel {
    switch (node.kind) {
      case "bucket":
        return candidateBucketItem(node.bucket, this.#checkOf(node), this.#l10n);
      case "row":
        return candidateItem(node.row, this.#checkOf(node), this.#l10n);
      default:
        return restItem(node.parent.bucket.id, node, this.#l10n);
    }
  }

  /** What was decided about elsewhere is no longer checked. */
  refresh(parts: ReadonlySet<string>): Redraw<ReviewNode> {
    const redraw = this.#tree.refresh({ everything: parts.has("decisions") || parts.has("iterations") });
    this.#forgetDecided();
    return redraw;
  }

  /** Checks or unchecks nodes; a bucket stands for all its loaded rows. Returns what looks different. */
  check(changes: ReadonlyArray<readonly [ReviewNode, boolean]>): ReviewNode[] {
    const before = this.#waitingNode();
    const wasChecked = before && this.#checkOf(before);
    for (const [node, on] of changes) {
      for (const { instructionId } of this.#rowsOf(node)) {
        this.#set(instructionId, on);
      }
    }
    const after = this.#waitingNode();
    const bucketToggled = changes.some(([node]) => node.kind === "bucket");
    const differs = after !== undefined && (bucketToggled || this.#checkOf(after) !== wasChecked);
    return differs ? [after] : [];
  }

  /** Checks nodes, or unchecks them where all that wait among them are checked. Returns what looks different. */
  toggle(nodes: readonly ReviewNode[]): ReviewNode[] {
    const boxes = nodes.filter((node) => this.#checkOf(node) !== undefined);
    const on = boxes.some((node) => this.#checkOf(node) === false);
    return this.check(boxes.map((node) => [node, on]));
  }

  uncheckAll(): ReviewNode[] {
    this.#checked.clear();
    const node = this.#waitingNode();
    return node ? [node] : [];
  }

  loadMore(node: ReviewNode, direction: "earlier" | "more"): void {
    if (node.kind === "bucket") {
      this.#tree.loadMore(node, direction);
    }
  }

  /** The node of a candidate on the pages that are loaded, or on the first one. */
  find(instructionId: number): RowNode<CandidateBucket, CandidateRow> | undefined {
    for (const root of this.#tree.roots()) {
      const rows = this.#tree.children(root).filter((node) => node.kind === "row");
      const row = rows.find((node) => node.instructionId === instructionId);
      if (row) {
        return row;
      }
    }
    return undefined;
  }

  #buckets(): readonly CandidateBucket[] {
    // Where one person works alone, nothing is ever in dispute.
    const buckets = this.#browser.candidates
      .counts(this.#filter)
      .filter(({ state, count }) => state !== "excluded" && (state !== "disputed" || count > 0));
    return buckets.some(({ count }) => count > 0) ? buckets : [];
  }

  /** Only loaded rows can be checked, and as many rows as before are loaded again: what is not among them is decided. */
  #forgetDecided(): void {
    const node = this.#waitingNode();
    const rows = node && this.#checked.size > 0 ? this.#tree.children(node) : [];
    const waiting = new Set(rows.flatMap((row) => (row.kind === "row" ? [row.instructionId] : [])));
    for (const id of this.checked.filter((one) => !waiting.has(one))) {
      this.#checked.delete(id);
    }
  }

  #waitingNode(): BucketNode<CandidateBucket> | undefined {
    return this.#tree.roots().find(({ bucket }) => bucket.state === "waiting");
  }

  #rowsOf(node: ReviewNode): readonly RowNode<CandidateBucket, CandidateRow>[] {
    switch (node.kind) {
      case "bucket":
        return this.#tree.loadedRows(node);
      case "row":
        return [node];
      default:
        return [];
    }
  }

  #set(id: number, on: boolean): void {
    if (on) {
      this.#checked.add(id);
    } else {
      this.#checked.delete(id);
    }
  }

  /** Only what waits has a box; a bucket's is checked when those of all its loaded rows are. */
  #checkOf(node: ReviewNode): boolean | undefined {
    switch (node.kind) {
      case "bucket": {
        const rows = this.#tree.loadedRows(node);
        return node.bucket.state === "waiting"
          ? rows.length > 0 && rows.every(({ instructionId }) => this.#checked.has(instructionId))
          : undefined;
      }
      case "row":
        return node.parent.bucket.state === "waiting" ? this.#checked.has(node.instructionId) : undefined;
      default:
        return undefined;
    }
  }
}
