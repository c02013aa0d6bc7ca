import type { Locator, Page } from "playwright-core";

/** The bar at the window's foot. */
export class StatusBar {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  item(text: string | RegExp): Locator {
    return this.#page.locator(".part.statusbar .statusbar-item").filter({ hasText: text });
  }
}
