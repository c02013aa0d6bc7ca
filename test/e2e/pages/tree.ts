import type { Locator, Page } from "playwright-core";

/** One tree view. Only the rows in sight exist in the page. */
export class Tree {
  readonly root: Locator;
  readonly #page: Page;
  readonly #name: string;

  constructor(page: Page, name: string) {
    this.#page = page;
    this.#name = name;
    this.root = page.getByRole("tree", { name: new RegExp(`^${name}`) });
  }

  /** The view's header and body together. */
  get pane(): Locator {
    const title = this.#page.locator(".pane-header h3.title").getByText(this.#name, { exact: true });
    return this.#page.locator(".pane").filter({ has: title });
  }

  /** What the view shows when it has no rows. */
  get welcome(): Locator {
    return this.pane.locator(".welcome-view-content");
  }

  /** Rows by the text that a screen reader hears of them, which begins with the label. */
  row(name: string | RegExp): Locator {
    return this.root.getByRole("treeitem", { name });
  }

  /** The texts of the rows in sight, from the top. */
  async rows(): Promise<string[]> {
    return this.root
      .getByRole("treeitem")
      .evaluateAll((items) => items.map((item) => item.getAttribute("aria-label") ?? ""));
  }

  /** Opens the view's body unless it is open. */
  async show(): Promise<void> {
    const header = this.pane.locator(".pane-header");
    if ((await header.getAttribute("aria-expanded")) === "false") {
      await header.click();
    }
  }

  /** Folds the view's body to its title unless it is folded. */
  async hide(): Promise<void> {
    const header = this.pane.locator(".pane-header");
    if ((await header.getAttribute("aria-expanded")) === "true") {
      await header.press("ArrowLeft");
    }
  }

  async expand(row: Locator): Promise<void> {
    if ((await row.getAttribute("aria-expanded")) === "false") {
      await row.locator(".monaco-tl-twistie").click();
    }
  }

  async toggleCheckbox(row: Locator): Promise<void> {
    await row.locator(".custom-view-tree-node-item-checkbox").click();
  }

  /** An icon at the end of a row, which shows while the pointer is over it. */
  async inlineAction(row: Locator, label: string): Promise<void> {
    await row.hover();
    await row.locator(`.actions .action-label[aria-label^="${label}"]`).click();
  }

  /** An icon in the view's title, which shows while the pointer is over it. */
  async titleAction(label: string): Promise<void> {
    await this.pane.hover();
    await this.pane.locator(`.pane-header .actions .action-label:not(.disabled)[aria-label^="${label}"]`).click();
  }

  /** Chooses an entry of a row's context menu. */
  async contextAction(row: Locator, label: string): Promise<void> {
    await row.click({ button: "right" });
    await this.#page.locator(".context-view .monaco-menu").getByRole("menuitem", { name: label }).click();
  }
}
