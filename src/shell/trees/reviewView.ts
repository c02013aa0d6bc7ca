import { type Disposable, TreeItemCheckboxState } from "vscode";
import type { CandidateFilter } from "../../core/browse/types.ts";
import { setContextKey } from "../contextKeys.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { checkedMessage } from "./candidateItems.ts";
import { LiveView } from "./liveView.ts";
import { pageSize } from "./poolView.ts";
import { candidateFilterWords, readCandidateFilter } from "./reviewFilter.ts";
import { ReviewModel, type ReviewNode } from "./reviewModel.ts";

/** To Review: candidates with checkboxes, and a badge that counts those that wait. */
export class ReviewView implements Disposable {
  readonly #shell: Shell;
  readonly #live: LiveView<ReviewNode, ReviewModel>;
  readonly #disposables = new Disposables();

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#live = this.#disposables.add(
      new LiveView<ReviewNode, ReviewModel>(shell, {
        id: "lion.review",
        parts: ["candidates", "decisions", "iterations"],
        open: ({ browser }) => new ReviewModel({ browser, filter: this.filter, pageSize, l10n: editorWords() }),
        // The badge is seen while the view is not.
        whileHidden: true,
        canSelectMany: true,
        checkboxes: true,
      }),
    );
    this.#disposables.add(this.#live.onDidRefresh(() => this.#describe()));
    this.#disposables.add(
      this.#live.tree.onDidChangeCheckboxState(({ items }) => {
        const changes = items.map(([node, state]) => [node, state === TreeItemCheckboxState.Checked] as const);
        this.#live.redraw(this.#live.model?.check(changes) ?? []);
        this.#describeChecked();
      }),
    );
    this.#describe();
  }

  get filter(): CandidateFilter {
    const folder = this.#shell.projects.current?.folder;
    return folder === undefined ? {} : readCandidateFilter(this.#shell.context.workspaceState.get(memory(folder)));
  }

  /** Ids of the checked candidates. */
  get checked(): readonly number[] {
    return this.#live.model?.checked ?? [];
  }

  /** The nodes that are selected. */
  get selection(): readonly ReviewNode[] {
    return this.#live.tree.selection;
  }

  async setFilter(filter: CandidateFilter): Promise<void> {
    const { folder } = this.#shell.projects.require();
    await this.#shell.context.workspaceState.update(memory(folder), filter);
    this.#live.reopen();
  }

  /** Checks candidates on the pages that are loaded, as their boxes do. */
  check(instructionIds: readonly number[]): void {
    const nodes = instructionIds.flatMap((id) => this.#live.model?.find(id) ?? []);
    this.#live.redraw([...(this.#live.model?.check(nodes.map((node) => [node, true])) ?? []), ...nodes]);
    this.#describeChecked();
  }

  /** Checks what is selected, or unchecks it where all of it is checked: what Space does. */
  toggleSelected(): void {
    const model = this.#live.model;
    if (model) {
      this.#live.redraw([...model.toggle(this.selection), ...this.selection]);
      this.#describeChecked();
    }
  }

  uncheckAll(): void {
    this.#live.redraw(this.#live.model?.uncheckAll() ?? []);
    this.#describeChecked();
  }

  /** Loads more rows where a node stands for some. Returns whether it was one of this view's. */
  loadMore(node: ReviewNode): boolean {
    const model = this.#live.model;
    if (!model || (node.kind !== "more" && node.kind !== "earlier") || !model.children().includes(node.parent)) {
      return false;
    }
    model.loadMore(node.parent, node.kind);
    this.#live.redraw([node.parent]);
    return true;
  }

  /** Selects a candidate on the pages that are loaded, or on the first ones. Returns false when it is not there. */
  async reveal(instructionId: number): Promise<boolean> {
    const node = this.#live.model?.find(instructionId);
    if (node) {
      await this.#live.tree.reveal(node, { select: true, focus: true });
    }
    return node !== undefined;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #describe(): void {
    const l10n = editorWords();
    const waiting = this.#live.model?.waiting ?? 0;
    this.#live.tree.description = candidateFilterWords(this.filter, l10n).join(" · ");
    this.#live.tree.badge =
      waiting === 0
        ? undefined
        : {
            value: waiting,
            tooltip: waiting === 1 ? l10n.t("1 candidate waits") : l10n.t("{0} candidates wait", l10n.count(waiting)),
          };
    this.#describeChecked();
  }

  #describeChecked(): void {
    const { length } = this.checked;
    this.#live.tree.message = checkedMessage(length, editorWords());
    setContextKey("checkedCount", length);
  }
}

function memory(folder: string): string {
  return `lion.view.review:${folder}`;
}
