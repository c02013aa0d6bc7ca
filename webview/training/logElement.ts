import { html, LitElement, nothing, type TemplateResult } from "lit";
import { plainText } from "../ui/plainText.ts";
import type { Wording } from "./wording.ts";

/** Blocks of lines on the page at most; while somebody follows the newest ones, the oldest go. */
const MOST_BLOCKS = 2000;
/** Pixels from the lower edge at which somebody still follows. */
const AT_END = 24;

/**
 * The end of a log: lines are added as they come, and in sight while somebody looks at the newest. Whoever scrolls up stays
 * where they are. It is hostile text and shown as text; what is out of sight costs nothing, and the editor's search finds it.
 */
export class LogElement extends LitElement {
  static override properties = {
    wording: { attribute: false },
    hasEarlier: { state: true },
    follows: { state: true },
    isEmpty: { state: true },
  };
  declare wording: Wording | null;
  /** Lines before those that are shown can be asked for. */
  declare hasEarlier: boolean;
  declare follows: boolean;
  declare isEmpty: boolean;
  /** Fetches the lines before; resolves when they are here. */
  earlier: (() => Promise<unknown>) | null = null;
  /** Where the lines were scrolled to. */
  #top = 0;
  /** Blocks that come into sight get their real height only then. */
  readonly #observer = new ResizeObserver(() => this.follows && this.#toEnd());

  constructor() {
    super();
    this.wording = null;
    this.hasEarlier = false;
    this.follows = true;
    this.isEmpty = true;
  }

  /** In the page's own tree, so that its styles and the editor's search reach the lines. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    const { lines } = this.#places();
    if (lines) {
      this.#observer.observe(lines);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  /** Shows lines in place of all others. */
  begin(text: string, hasEarlier: boolean): void {
    this.#places().lines?.replaceChildren();
    this.follows = true;
    this.isEmpty = true;
    this.hasEarlier = hasEarlier;
    this.add(text);
  }

  /** Adds lines at the end. */
  add(text: string): void {
    const { lines } = this.#places();
    if (!lines || text === "") {
      return;
    }
    lines.append(blocksOf(text));
    this.isEmpty = false;
    if (this.follows) {
      while (lines.childElementCount > MOST_BLOCKS) {
        lines.firstElementChild?.remove();
        this.hasEarlier = false;
      }
      this.#toEnd();
    }
  }

  /** Adds lines at the beginning; what is in sight stays there. */
  addBefore(text: string, hasEarlier: boolean): void {
    const { lines, scroller } = this.#places();
    this.hasEarlier = hasEarlier;
    if (!lines || !scroller || text === "") {
      return;
    }
    const below = scroller.scrollHeight - scroller.scrollTop;
    lines.prepend(blocksOf(text));
    scroller.scrollTop = scroller.scrollHeight - below;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.wording) {
      return nothing;
    }
    const { text } = this.wording;
    return html`
      <div class="log-lines" tabindex="0" role="group" aria-label=${text("log")} @scroll=${() => this.#scrolled()}>
        ${
          this.hasEarlier
            ? html`<p class="more"><vscode-button appearance="secondary" @click=${() => void this.earlier?.()}>${text("earlier")}</vscode-button></p>`
            : nothing
        }
        ${this.isEmpty ? html`<p class="quiet">${text("logEmpty")}</p>` : nothing}
        <div class="lines long-text plain"></div>
      </div>
      ${
        this.follows
          ? nothing
          : html`<vscode-button class="to-end" appearance="secondary" @click=${() => this.#follow()}>${text("follow")}</vscode-button>`
      }`;
  }

  #places(): { lines: Element | null; scroller: Element | null } {
    return { lines: this.querySelector(".lines"), scroller: this.querySelector(".log-lines") };
  }

  /** Whoever scrolls up stops following; whoever comes to the end follows. What grows below is no scrolling. */
  #scrolled(): void {
    const { scroller } = this.#places();
    if (!scroller) {
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    if (scrollHeight - scrollTop - clientHeight < AT_END) {
      this.follows = true;
    } else if (scrollTop < this.#top - 1) {
      this.follows = false;
    }
    this.#top = scrollTop;
  }

  #follow(): void {
    this.follows = true;
    this.#toEnd();
    this.querySelector<HTMLElement>(".log-lines")?.focus({ preventScroll: true });
  }

  #toEnd(): void {
    const { scroller } = this.#places();
    if (scroller) {
      scroller.scrollTop = scroller.scrollHeight;
    }
  }
}

/** Lines in blocks, each with a height to start from. */
function blocksOf(text: string): DocumentFragment {
  const fragment = plainText(text);
  for (const block of fragment.children) {
    if (block instanceof HTMLElement) {
      block.style.setProperty("--lion-lines", String(block.textContent.trimEnd().split("\n").length));
    }
  }
  return fragment;
}
