import type { Locator, Page } from "playwright-core";

/** Messages at the window's corner. */
export class Notifications {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  toast(text: string | RegExp): Locator {
    return this.#page.locator(".notifications-toasts .notification-toast").filter({ hasText: text });
  }

  /** A message in the list of all, while that is open. */
  listed(text: string | RegExp): Locator {
    return this.#page.locator(".notifications-center .notification-list-item").filter({ hasText: text });
  }

  /** Waits for a message and clicks one of its buttons. */
  async choose(text: string | RegExp, button: string): Promise<void> {
    await this.toast(text).getByRole("button", { name: button }).click();
  }

  async texts(): Promise<string[]> {
    return this.#page.locator(".notifications-toasts .notification-list-item-message").allTextContents();
  }
}
