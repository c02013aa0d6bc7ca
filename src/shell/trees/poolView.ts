import { type Disposable, workspace } from "vscode";
import type { PoolFilter, VerdictsShown } from "../../core/browse/types.ts";
import type { PoolName } from "../../core/store/pools.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { LiveView } from "./liveView.ts";
import { PoolModel, type PoolNode } from "./poolModel.ts";
import { DEFAULT_OPTIONS, type PoolOptions, readOptions } from "./viewOptions.ts";

/** How many rows a page of any view has. */
export function pageSize(): number {
  return workspace.getConfiguration("lion").get<number>("pageSize", 100);
}

/** The view of a pool, with how the person at this window has set it. */
export class PoolView implements Disposable {
  readonly #shell: Shell;
  readonly #pool: PoolName;
  readonly #live: LiveView<PoolNode, PoolModel>;
  readonly #disposables = new Disposables();

  constructor(shell: Shell, pool: PoolName) {
    this.#shell = shell;
    this.#pool = pool;
    this.#live = this.#disposables.add(
      new LiveView<PoolNode, PoolModel>(shell, {
        id: `lion.${pool}`,
        parts: ["pools", "verdicts", "decisions", "iterations", "config"],
        open: (session) => this.#model(session),
        canSelectMany: true,
      }),
    );
    this.#disposables.add(this.#live.onDidRefresh(() => this.#describe()));
    this.#describe();
  }

  get options(): PoolOptions {
    const folder = this.#shell.projects.current?.folder;
    return folder === undefined
      ? DEFAULT_OPTIONS
      : readOptions(this.#shell.context.workspaceState.get(this.#memory(folder)));
  }

  /** The nodes that are selected. */
  get selection(): readonly PoolNode[] {
    return this.#live.tree.selection;
  }

  /** Sets the view otherwise; remembered for the project. */
  async set(change: Partial<PoolOptions>): Promise<void> {
    const folder = this.#shell.projects.require().folder;
    await this.#shell.context.workspaceState.update(this.#memory(folder), { ...this.options, ...change });
    this.#live.reopen();
  }

  async setFilter(filter: PoolFilter): Promise<void> {
    await this.set({ filter });
  }

  /** Loads more rows where a node stands for some. Returns whether it was one of this view's. */
  loadMore(node: PoolNode): boolean {
    const model = this.#live.model;
    if (
      !model ||
      (node.kind !== "more" && node.kind !== "earlier") ||
      model.bucket(node.parent.bucket.key) !== node.parent
    ) {
      return false;
    }
    model.loadMore(node.parent, node.kind);
    this.#live.redraw([node.parent]);
    return true;
  }

  /** Opens a bucket by its key, for example `hard`. Returns whether there is such a one. */
  async open(key: string): Promise<boolean> {
    const bucket = this.#live.model?.bucket(key);
    if (bucket) {
      await this.#live.tree.reveal(bucket, { select: true, focus: true, expand: true });
    }
    return bucket !== undefined;
  }

  /** Selects an instruction. Returns false when it is not in the pool, or hidden by the filter. */
  async reveal(instructionId: number): Promise<boolean> {
    const node = this.#live.model?.reach(instructionId, pageSize());
    if (!node) {
      return false;
    }
    this.#live.redraw([node.parent]);
    await this.#live.tree.reveal(node, { select: true, focus: true });
    return true;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #model(session: ProjectSession): PoolModel {
    const options = this.options;
    return new PoolModel({
      ...{ pool: this.#pool, browser: session.browser, options, pageSize, l10n: editorWords() },
      shown: () => verdictsShown(session, options.iteration),
    });
  }

  #describe(): void {
    this.#live.tree.description = this.#live.model?.description() ?? "";
  }

  #memory(folder: string): string {
    return `lion.view.${this.#pool}:${folder}`;
  }
}

/** Whose verdicts are shown: the chosen iteration's, else those of the newest that has rated something. */
function verdictsShown({ store, browser, project }: ProjectSession, chosen: number | null): VerdictsShown {
  const iterations = store.iterations.all();
  const newest = iterations.findLast(({ number }) => (browser.ratedOf({ iteration: number })?.rated ?? 0) > 0);
  const iteration = iterations.find(({ number }) => number === chosen) ?? newest ?? iterations.at(-1);
  return {
    iteration: iteration?.number ?? 1,
    tau: (iteration?.config ?? project.config).discrimination.tau,
  };
}
