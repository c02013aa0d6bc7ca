import { setTimeout as pause } from "node:timers/promises";
import type { Frame, Locator, Page } from "playwright-core";

const WAIT_MS = 60_000;

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

  /** The document of a webview, by the panel's title, once it is there. @throws Error when it does not come. */
  async webview(title: string): Promise<Frame> {
    for (const until = Date.now() + WAIT_MS; Date.now() < until; await pause(100)) {
      for (const frame of this.#page.frames()) {
        if (frame.parentFrame() && (await titleOf(frame)) === title) {
          return frame;
        }
      }
    }
    throw new Error(`No webview "${title}" is shown.`);
  }
}

/** The title that VS Code gives a panel's frame; null for other frames and for one that has just gone. */
async function titleOf(frame: Frame): Promise<string | null> {
  try {
    const element = await frame.frameElement();
    return (await element.getAttribute("id")) === "active-frame" ? await element.getAttribute("title") : null;
  } catch {
    return null;
  }
}
