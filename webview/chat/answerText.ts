import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { plainText } from "../ui/plainText.ts";
import { richText } from "../ui/richText.ts";

/** The text of an answer, which is hostile: as Markdown once it is whole, and as it is written until then or when that is wished. */
export class AnswerTextElement extends LitElement {
  static override properties = {
    text: { attribute: false },
    plain: { attribute: false },
  };
  declare text: string;
  declare plain: boolean;

  constructor() {
    super();
    this.text = "";
    this.plain = true;
  }

  /** In the page's own tree, so that its styles and the editor's search reach the text. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    return html`<div class="long-text"></div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const place = this.querySelector(".long-text");
    if (place && (changed.has("text") || changed.has("plain"))) {
      const rich = this.plain ? null : richText(this.text);
      place.className = `long-text ${rich ? "rich" : "plain"}`;
      place.replaceChildren(rich ?? plainText(this.text));
    }
  }
}
