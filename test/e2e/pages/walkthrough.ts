import type { Locator, Page } from "playwright-core";

/** The editor's page with the steps that lead a newcomer. */
export class Walkthrough {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Goes from another tab back to a walkthrough, by the list of all of them that its tab shows then. */
  async comeBack(title: string): Promise<void> {
    await this.#page.locator(".part.editor .tabs-container").getByRole("tab", { name: "Welcome" }).click();
    await this.#page.locator("button.getting-started-category").filter({ hasText: title }).click();
  }

  step(title: string): Locator {
    return this.#page.locator(".gettingStartedContainer .getting-started-step").filter({ hasText: title });
  }

  /** Opens a step and clicks what it offers. */
  async follow(title: string, button: string): Promise<void> {
    const step = this.step(title);
    if ((await step.getAttribute("aria-expanded")) !== "true") {
      await step.click();
    }
    await step.getByRole("button", { name: button }).click();
  }

  /** The mark of a step that is done. */
  tick(title: string): Locator {
    return this.step(title).locator(".codicon-getting-started-step-checked");
  }
}
