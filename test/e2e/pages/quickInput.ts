import type { Locator, Page } from "playwright-core";

/** The box at the window's top: the command palette, quick picks and input boxes. */
export class QuickInput {
  readonly root: Locator;
  readonly input: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.root = page.locator(".quick-input-widget");
    this.input = this.root.locator("input.input");
  }

  /** Runs a command as a person does: by its title in the palette, with keys alone. */
  async runCommand(title: string): Promise<void> {
    await this.#page.keyboard.press("F1");
    await this.input.waitFor();
    await this.input.fill(`>${title}`);
    await this.row(title).first().waitFor();
    await this.#page.keyboard.press("Enter");
  }

  /** Rows of the list by what a screen reader hears of them. */
  row(name: string | RegExp): Locator {
    const rows = this.root.locator(".quick-input-list .monaco-list-row");
    return typeof name === "string" ? rows.filter({ hasText: name }) : rows.and(this.#page.getByLabel(name));
  }

  async rows(): Promise<string[]> {
    return this.root
      .locator(".quick-input-list .monaco-list-row")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label") ?? ""));
  }

  /** Clicks an entry of a quick pick, once it is there. */
  async pick(name: string | RegExp): Promise<void> {
    await this.row(name).first().click();
  }

  /** Answers an input box once it is there. */
  async type(text: string): Promise<void> {
    await this.input.waitFor();
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** Answers the input box that asks for something, which may follow another one, and waits until it is taken. */
  async answer(prompt: string | RegExp, text: string): Promise<void> {
    const asked = this.message.filter({ hasText: prompt });
    await asked.waitFor();
    await this.type(text);
    await asked.waitFor({ state: "hidden" });
  }

  /** What an input box says against the text in it, or asks for. */
  get message(): Locator {
    return this.root.locator(".quick-input-message");
  }
}
