import type { TreeDataProvider, TreeItem } from "vscode";
import type { Bucket, RowSort } from "../../../../src/core/browse/types.ts";
import type { LionExports } from "../../../../src/extension.ts";
import type { PoolNode } from "../../../../src/shell/trees/poolModel.ts";
import type { PoolView } from "../../../../src/shell/trees/poolView.ts";
import { GROUPINGS, SORTS } from "../../../../src/shell/trees/viewOptions.ts";
import type { Figure } from "../figures.ts";
import { Stopwatch, type Taken, timed } from "./stopwatch.ts";
import type { WatchedApi } from "./watchedApi.ts";

const ROUNDS = 5;
const COUNT_MS = 100;
const EXPAND_MS = 100;
/** Instructions from all over the project, of which some are far down in their bucket. */
const DEEP_STEP = 7919;
const DEEP_PLACES = 9;

interface Node {
  readonly kind: string;
  readonly bucket?: Bucket;
}

/** Lets others have their turn, so that each measured step is a stall of its own. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Times what the views do in this process when they are opened, expanded, sorted, grouped and filtered. */
export class ViewTimes {
  readonly #lion: LionExports;
  readonly #api: WatchedApi;
  readonly #figures = new Map<string, { aim: number; values: Array<Taken & { at: string }> }>();

  constructor(lion: LionExports, api: WatchedApi) {
    this.#lion = lion;
    this.#api = api;
  }

  /** Every view, and each pool in every grouping and order that a person can choose. */
  async expansions(): Promise<Figure[]> {
    const { train, cache, review } = this.#lion.trees;
    for (let round = 0; round < ROUNDS; round++) {
      for (const grouping of GROUPINGS) {
        for (const sort of SORTS) {
          await cache.set({ grouping, sort, filter: {} });
          await this.#expandAll("lion.cache", `Cache Pool by ${grouping}`, sort);
        }
      }
      for (const sort of SORTS) {
        await train.set({ sort, filter: {} });
        await this.#expandAll("lion.train", "Train Pool", sort);
      }
      await review.setFilter({});
      await this.#expandAll("lion.review", "To Review", "oldest");
      await this.#expandAll("lion.iterations", "Iterations", "");
      await this.#expandAll("lion.jobs", "Checkpoints & Jobs", "");
    }
    await cache.set({ grouping: "verdict", sort: "gap" });
    await train.set({ sort: "gap" });
    return this.#take();
  }

  /** Reveal and “Load more” at places all over the Cache, in every order. */
  async deepPages(): Promise<Figure[]> {
    const { cache } = this.#lion.trees;
    for (const sort of SORTS) {
      await cache.set({ grouping: "verdict", sort });
      for (let step = 1; step <= DEEP_PLACES; step++) {
        await this.#goDeep(cache, step * DEEP_STEP, sort);
      }
    }
    await cache.set({ sort: "gap" });
    return this.#take();
  }

  /** Each filter of the Cache: its counts and its first page. */
  async filters(word: string): Promise<Figure[]> {
    const { cache, train } = this.#lion.trees;
    const filters = [
      { contradictory: true },
      { studentAhead: true },
      { origin: "written" },
      { joined: 2 },
      { hasText: word },
    ] as const;
    for (let round = 0; round < ROUNDS; round++) {
      for (const filter of filters) {
        await cache.setFilter(filter);
        await this.#expandAll("lion.cache", "filtered Cache Pool", JSON.stringify(filter));
        await train.setFilter(filter);
        await this.#expandAll("lion.train", "filtered Train Pool", JSON.stringify(filter));
      }
    }
    await cache.setFilter({});
    await train.setFilter({});
    return this.#take();
  }

  async #expandAll(view: string, what: string, detail: string): Promise<void> {
    const provider = this.#provider(view);
    const watch = new Stopwatch();
    const roots = await this.#children(view);
    for (const root of roots) {
      provider.getTreeItem(root);
    }
    this.#note(`counts: ${what}`, COUNT_MS, watch.taken(), detail);
    for (const root of roots) {
      await breathe();
      const taken = await this.#expand(provider, root);
      this.#note(`expand: ${what}`, EXPAND_MS, taken, `${root.bucket?.id ?? ""} ${detail}`.trim());
    }
  }

  async #expand(provider: TreeDataProvider<Node>, node: Node): Promise<Taken> {
    const watch = new Stopwatch();
    const items: TreeItem[] = [];
    for (const child of (await provider.getChildren(node)) ?? []) {
      items.push(await provider.getTreeItem(child));
    }
    return watch.taken();
  }

  async #goDeep(cache: PoolView, id: number, sort: RowSort): Promise<void> {
    const { browser } = this.#lion.shell.projects.require();
    const provider = this.#provider("lion.cache");
    await breathe();
    let revealed: Promise<boolean> | null = null;
    const reach = timed(() => {
      revealed = cache.reveal(id);
    });
    if (!(await revealed)) {
      return;
    }
    const roots = await this.#children("lion.cache");
    const buckets = roots.flatMap(({ bucket }) => bucket ?? []);
    const place = browser.locate(id, buckets, { sort, limit: 1 });
    const detail = `${place?.bucketId} ${sort}, row ${place?.position}`;
    this.#note("reveal: anywhere in the Cache Pool", EXPAND_MS, reach, detail);
    const root = roots.find(({ bucket }) => bucket?.id === place?.bucketId);
    const more = root && (await provider.getChildren(root))?.find(({ kind }) => kind === "more");
    if (root && more) {
      await breathe();
      const watch = new Stopwatch();
      cache.loadMore(more as PoolNode);
      await this.#expand(provider, root);
      this.#note("load more: anywhere in the Cache Pool", EXPAND_MS, watch.taken(), detail);
    }
  }

  async #children(view: string): Promise<readonly Node[]> {
    return (await this.#provider(view).getChildren()) ?? [];
  }

  #provider(view: string): TreeDataProvider<Node> {
    const provider = this.#api.providers.get(view);
    if (!provider) {
      throw new Error(`The extension has made no view ${view}.`);
    }
    return provider as TreeDataProvider<Node>;
  }

  #note(what: string, aim: number, taken: Taken, at: string): void {
    const figure = this.#figures.get(what) ?? { aim, values: [] };
    figure.values.push({ ...taken, at });
    this.#figures.set(what, figure);
  }

  #take(): Figure[] {
    const figures = [...this.#figures].map(([what, rest]) => ({ what, ...rest }));
    this.#figures.clear();
    return figures;
  }
}
