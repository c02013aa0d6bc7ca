import { type Disposable, EventEmitter, type TreeDataProvider, type TreeView, window } from "vscode";
import { Disposables } from "../disposables.ts";
import type { ChangedPart, ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { toTreeItem } from "./treeItem.ts";
import type { Redraw, TreeModel } from "./treeModel.ts";

const RETRY_MS = 300;
const MOST_RETRIES = 5;

/**
 * A view of the open project: makes a model when a project is opened, drops it when it is closed, and draws anew what
 * a change has touched. While it is hidden it reads nothing, unless something of it is seen elsewhere, such as a badge.
 */
export class LiveView<N extends object, M extends TreeModel<N, ChangedPart>> implements Disposable {
  readonly tree: TreeView<N>;
  readonly #shell: Shell;
  readonly #open: (session: ProjectSession) => M;
  readonly #parts: ReadonlySet<ChangedPart>;
  readonly #whileHidden: boolean;
  readonly #disposables = new Disposables();
  readonly #drawn = this.#disposables.add(new EventEmitter<N | undefined>());
  readonly #refreshed = this.#disposables.add(new EventEmitter<M | null>());
  readonly #pending = new Set<ChangedPart>();
  #model: M | null = null;
  #following: Disposable | null = null;
  #retries = 0;

  /**
   * @param parts the changes that can be seen in the view.
   * @param whileHidden whether to follow changes when nobody sees the view.
   */
  constructor(
    shell: Shell,
    options: {
      readonly id: string;
      readonly parts: readonly ChangedPart[];
      readonly open: (session: ProjectSession) => M;
      readonly whileHidden?: boolean;
      readonly canSelectMany?: boolean;
      readonly checkboxes?: boolean;
    },
  ) {
    this.#shell = shell;
    this.#open = options.open;
    this.#parts = new Set(options.parts);
    this.#whileHidden = options.whileHidden ?? false;
    this.tree = this.#disposables.add(
      window.createTreeView(options.id, {
        treeDataProvider: this.#provider(),
        showCollapseAll: true,
        canSelectMany: options.canSelectMany ?? false,
        manageCheckboxStateManually: options.checkboxes ?? false,
      }),
    );
    this.#disposables.add(this.tree.onDidChangeVisibility(({ visible }) => visible && this.#catchUp()));
    this.#disposables.add(shell.projects.onDidChangeCurrent((session) => this.#show(session)));
    this.#show(shell.projects.current);
  }

  /** Fires when another project is shown, and whenever the model was read again. */
  get onDidRefresh() {
    return this.#refreshed.event;
  }

  /** Null while no project is open. */
  get model(): M | null {
    return this.#model;
  }

  redraw(what: Redraw<N>): void {
    if (what === "all") {
      this.#drawn.fire(undefined);
      return;
    }
    for (const node of what) {
      this.#drawn.fire(node);
    }
  }

  /** Reads parts again that have changed without the database. */
  refresh(parts: readonly ChangedPart[]): void {
    this.#changed(new Set(parts));
  }

  /** Replaces the model, for options that change what the whole view shows. */
  reopen(): void {
    this.#show(this.#shell.projects.current);
  }

  dispose(): void {
    this.#following?.dispose();
    this.#disposables.dispose();
  }

  #show(session: ProjectSession | null): void {
    this.#following?.dispose();
    this.#following = session?.onDidChange((parts) => this.#changed(parts)) ?? null;
    this.#model = session && this.#open(session);
    this.#pending.clear();
    this.#refreshed.fire(this.#model);
    this.redraw("all");
  }

  #changed(parts: ReadonlySet<ChangedPart>): void {
    for (const part of parts.intersection(this.#parts)) {
      this.#pending.add(part);
    }
    if (this.tree.visible || this.#whileHidden) {
      this.#catchUp();
    }
  }

  #catchUp(): void {
    const model = this.#model;
    if (!model || this.#pending.size === 0) {
      return;
    }
    const parts = new Set(this.#pending);
    this.#pending.clear();
    const redraw = this.#reading(() => model.refresh(parts), "all" as Redraw<N>);
    this.redraw(redraw);
    this.#refreshed.fire(model);
  }

  #provider(): TreeDataProvider<N> {
    return {
      onDidChangeTreeData: this.#drawn.event,
      getChildren: (node) => this.#reading(() => [...(this.#model?.children(node) ?? [])], []),
      getParent: (node) => this.#model?.parent(node),
      getTreeItem: (node) => {
        const model = this.#model;
        if (!model) {
          throw new Error("An item of a closed project was asked for.");
        }
        return toTreeItem(model.item(node));
      },
    };
  }

  /** Reads from the database; when that is busy for a moment, draws again a little later. */
  #reading<T>(read: () => T, otherwise: T): T {
    try {
      const result = read();
      this.#retries = 0;
      return result;
    } catch (error) {
      this.#shell.log.error(error instanceof Error ? error : String(error));
      if (this.#retries < MOST_RETRIES) {
        this.#retries++;
        setTimeout(() => this.redraw("all"), RETRY_MS);
      }
      return otherwise;
    }
  }
}
