import type { FrameLocator, Locator, Page } from "playwright-core";

/** The middle of the window: editors in tabs. */
export class Editors {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  tab(name: string | RegExp): Locator {
    return this.#page.locator(".part.editor .tabs-container").getByRole("tab", { name });
  }

  /** The lines in sight of the text editor that is in front. */
  async text(): Promise<string> {
    const lines = await this.#page.locator(".part.editor .editor-instance .view-lines .view-line").allTextContents();
    // The editor shows spaces that do not break.
    return lines.join("\n").replaceAll("\u00a0", " ");
  }

  /** The document of a webview, by the panel's title. */
  webview(title: string): FrameLocator {
    return this.#page.frameLocator("iframe.webview.ready").frameLocator(`iframe#active-frame[title="${title}"]`);
  }
}
