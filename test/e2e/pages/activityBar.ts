import type { Locator, Page } from "playwright-core";

/** The bar at the window's side that opens containers of views. */
export class ActivityBar {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  item(title: string): Locator {
    return this.#page
      .locator(".part.activitybar .action-item")
      .filter({ has: this.#page.locator(`a[aria-label^="${title}"]`) });
  }

  /** Opens a container unless it is open. */
  async open(title: string): Promise<void> {
    const item = this.item(title);
    if (!(await item.getAttribute("class"))?.split(" ").includes("checked")) {
      await item.click();
    }
  }

  /** The number on a container's icon. */
  badge(title: string): Locator {
    return this.item(title).locator(".badge-content");
  }
}
