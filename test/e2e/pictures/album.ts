import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type EditorWindow, THEMES } from "../harness/editorWindow.ts";

type Theme = keyof typeof THEMES;

const FOLDER = resolve(import.meta.dirname, "..", "..", "..", "pictures");
const README_FOLDER = resolve(import.meta.dirname, "..", "..", "..", "docs", "pictures");
const ALL = Object.keys(THEMES) as Theme[];
const NARROW = 400;
/** Charts and colours change in a frame or two, which nothing announces. */
const SETTLE_MS = 500;

export interface PictureOptions {
  /** All by default. */
  readonly themes?: readonly Theme[];
  /** Also 400 pixels wide; the side bar stays narrow afterwards. */
  readonly narrow?: boolean;
}

/** Keeps pictures of a window as it is, in every theme, under pictures/. */
export class Album {
  readonly #window: EditorWindow;

  constructor(window: EditorWindow) {
    this.#window = window;
  }

  /** `pictures/NAME-THEME.png` for each theme, and `pictures/NAME-narrow-THEME.png`. */
  async keep(name: string, { themes = ALL, narrow = false }: PictureOptions = {}): Promise<void> {
    for (const theme of themes) {
      await this.#window.changeTheme(theme);
      await this.#shoot(join(FOLDER, `${name}-${theme.replaceAll(" ", "-")}.png`));
    }
    if (narrow) {
      await this.#keepNarrow(name, themes.length > 0 ? themes : ALL);
    }
    await this.#window.changeTheme("dark");
  }

  /** A picture for the README: `docs/pictures/NAME.png`, in the dark theme. */
  async keepForReadme(name: string): Promise<void> {
    await this.#window.changeTheme("dark");
    await this.#shoot(join(README_FOLDER, `${name}.png`));
  }

  async #keepNarrow(name: string, themes: readonly Theme[]): Promise<void> {
    const { page } = this.#window;
    const size = page.viewportSize();
    await page.setViewportSize({ width: NARROW, height: 900 });
    for (const theme of themes) {
      await this.#window.changeTheme(theme);
      await this.#shoot(join(FOLDER, `${name}-narrow-${theme.replaceAll(" ", "-")}.png`));
    }
    if (size) {
      await page.setViewportSize(size);
    }
  }

  async #shoot(path: string): Promise<void> {
    mkdirSync(join(path, ".."), { recursive: true });
    await pause(SETTLE_MS);
    await this.#window.page.screenshot({ path });
  }
}
