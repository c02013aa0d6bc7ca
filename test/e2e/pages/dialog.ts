import type { Locator, Page } from "playwright-core";

/** A modal dialog, which must be answered before anything else. */
export class Dialog {
  readonly root: Locator;

  constructor(page: Page) {
    this.root = page.locator(".monaco-dialog-box");
  }

  /** All that it says. */
  async text(): Promise<string> {
    return (await this.root.textContent()) ?? "";
  }

  async choose(button: string): Promise<void> {
    await this.root.getByRole("button", { name: button }).click();
  }
}
