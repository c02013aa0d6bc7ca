import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { LongText, QueueString } from "../../src/protocol/queue.ts";
import { plainText } from "./plainText.ts";
import { richText } from "./richText.ts";
import type { Tools } from "./tools.ts";

/** Asks the editor for a piece of a text from a character on; `next` is where the piece after it begins. */
export type LoadText = (ref: string, from: number) => Promise<{ readonly text: string; readonly next: number | null }>;

/** Beginnings that were rendered ahead or before. They are copied to the page, so that going back costs as little. */
const rendered = new WeakMap<LongText, DocumentFragment>();

/** Renders a text's beginning before it is shown. */
export function prepareText(text: LongText): void {
  richOf(text);
}

function richOf(text: LongText): DocumentFragment {
  const known = rendered.get(text);
  if (known) {
    return known;
  }
  const fragment = richText(text.head) ?? plainText(text.head);
  rendered.set(text, fragment);
  return fragment;
}

/**
 * A text that may be long and hostile: its beginning as Markdown or as it is written, and the rest in pieces, as it is
 * written, when somebody asks for it.
 */
export class LongTextElement extends LitElement {
  static override properties = {
    text: { attribute: false },
    plain: { attribute: false },
    tools: { attribute: false },
    load: { attribute: false },
    shown: { state: true },
    next: { state: true },
    problem: { state: true },
  };
  declare text: LongText | null;
  declare plain: boolean;
  declare tools: Tools<QueueString> | null;
  declare load: LoadText | null;
  /** Characters that are on the page. */
  declare shown: number;
  /** Where the piece begins that is asked for next; null when the whole text is on the page. */
  declare next: number | null;
  declare problem: string | null;
  #loading = false;

  constructor() {
    super();
    this.text = null;
    this.plain = false;
    this.tools = null;
    this.load = null;
    this.shown = 0;
    this.next = null;
    this.problem = null;
  }

  /** In the page's own tree, so that its styles, its marks and the editor's search reach the text. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text")) {
      this.shown = this.text?.head.length ?? 0;
      this.next = this.text && this.text.length > this.shown ? this.shown : null;
      this.problem = null;
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { text, tools, problem } = this;
    if (!text || !tools) {
      return nothing;
    }
    const { formats } = tools;
    return html`
      <div class="long-text ${this.plain ? "plain" : "rich"}"></div>
      <div class="long-text plain rest"></div>
      ${
        this.next === null
          ? nothing
          : html`
            <p class="more">
              <vscode-button appearance="secondary" @click=${() => void this.#more()}>
                ${tools.text("showMore", formats.whole(this.shown), formats.whole(text.length))}</vscode-button>
              ${problem === null ? nothing : html`<span role="alert">${tools.text("showMoreFailed", problem)}</span>`}
            </p>`
      }`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { text } = this;
    if (!text || !(changed.has("text") || changed.has("plain") || changed.has("tools"))) {
      return;
    }
    const [head, rest] = this.querySelectorAll(".long-text");
    if (changed.has("text")) {
      rest?.replaceChildren();
    }
    if (changed.has("text") || changed.has("plain") || head?.childNodes.length === 0) {
      head?.replaceChildren(this.plain ? plainText(text.head) : richOf(text).cloneNode(true));
      this.dispatchEvent(new CustomEvent("text-shown", { bubbles: true }));
    }
  }

  async #more(): Promise<void> {
    const { text, load } = this;
    const from = this.next;
    if (!text || !load || from === null || this.#loading) {
      return;
    }
    this.#loading = true;
    try {
      const piece = await load(text.ref, from);
      if (this.text === text) {
        this.querySelector(".rest")?.append(plainText(piece.text));
        this.next = piece.next;
        this.shown = from + piece.text.length;
        this.problem = null;
      }
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.#loading = false;
    }
  }
}
