import type { Frame } from "playwright-core";
import type { EditorWindow } from "../harness/editorWindow.ts";
import { until } from "../harness/until.ts";

/** A page on which a person decides, Review or Compare: its item, its line of what was done, and its keys. */
export class Desk {
  readonly #window: EditorWindow;
  readonly #title: string;
  #frame: Frame;

  private constructor(window: EditorWindow, title: string, frame: Frame) {
    this.#window = window;
    this.#title = title;
    this.#frame = frame;
  }

  /** The panel by its title, once an item is on it. */
  static async of(window: EditorWindow, title: "Lion Review" | "Lion Compare"): Promise<Desk> {
    const desk = new Desk(window, title, await window.editors.webview(title));
    await desk.frame.locator("article h2").first().waitFor();
    return desk;
  }

  get frame(): Frame {
    return this.#frame;
  }

  /** The id of the instruction on screen. */
  async item(): Promise<number> {
    const heading = await this.frame.locator("article h2").first().textContent();
    return Number(/#(\d+)/.exec(heading ?? "")?.[1] ?? Number.NaN);
  }

  /** What was done last, as it is announced. */
  async said(): Promise<string> {
    const text = await this.frame
      .locator(".said")
      .first()
      .evaluate(
        ({ childNodes }) => [...childNodes].find((node) => node instanceof Text && node.data.trim())?.textContent,
      );
    return text?.trim() ?? "";
  }

  /** Gives the page the keyboard, as a click on its ground does. */
  async focus(): Promise<void> {
    await this.frame.locator("article h2").first().click();
  }

  /** Presses a key and waits until another item is on screen. Returns its id. */
  async pressOn(key: string): Promise<number> {
    const before = await this.item();
    await this.#window.page.keyboard.press(key);
    await until(async () => (await this.item()) !== before, `another item than #${before} after ${key}`);
    return this.item();
  }

  /** After a reload of the window. */
  async comesBack(): Promise<void> {
    this.#frame = await this.#window.editors.webview(this.#title);
    await this.frame.locator("article h2").first().waitFor();
  }
}
