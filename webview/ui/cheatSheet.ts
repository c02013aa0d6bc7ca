import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { QueueString } from "../../src/protocol/queue.ts";
import type { Tools } from "./tools.ts";

/** Commands that belong together on the cheat sheet. */
export interface KeyGroup {
  readonly title: string;
  readonly entries: ReadonlyArray<{ readonly key: string | null; readonly label: string }>;
}

/** A group of commands with their texts and keys; those without a key are left out. */
export function keyGroup<Key extends string>(title: string, commands: readonly Key[], tools: Tools<Key>): KeyGroup {
  return {
    title,
    entries: commands
      .map((command) => ({ key: tools.keyOf(command), label: tools.text(command) }))
      .filter(({ key }) => key !== null),
  };
}

/** All keys of the page in a dialog. The focus stays in it and goes back where it was; Escape closes it. */
export class CheatSheetElement extends LitElement {
  static override properties = {
    tools: { attribute: false },
    groups: { attribute: false },
    open: { type: Boolean },
  };
  declare tools: Tools<QueueString> | null;
  declare groups: readonly KeyGroup[];
  declare open: boolean;

  constructor() {
    super();
    this.tools = null;
    this.groups = [];
    this.open = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { tools } = this;
    if (!tools) {
      return nothing;
    }
    return html`
      <dialog class="cheat-sheet" aria-labelledby="cheat-sheet-title" @cancel=${this.#ask} @keydown=${this.#pressed}>
        ${this.open ? this.#content(tools) : nothing}
      </dialog>`;
  }

  #content({ text }: Tools<QueueString>): TemplateResult {
    return html`
      <header>
        <h2 id="cheat-sheet-title">${text("helpTitle")}</h2>
        <vscode-button appearance="secondary" @click=${this.#ask}>${text("helpClose")}</vscode-button>
      </header>
      <div class="key-groups">
        ${this.groups.map(
          ({ title, entries }) => html`
            <section>
              <h3>${title}</h3>
              <dl>${entries.map(({ key, label }) => html`<div><dt><kbd>${key}</kbd></dt><dd>${label}</dd></div>`)}</dl>
            </section>`,
        )}
      </div>
      <p class="quiet">${text("helpHint")}</p>`;
  }

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (this.open && dialog && !dialog.open) {
      dialog.showModal();
    } else if (!this.open && dialog?.open) {
      dialog.close();
    }
  }

  /** The editor knows whether the sheet is open: it is asked to close it, and the page follows. */
  readonly #ask = (event: Event): void => {
    event.preventDefault();
    if (this.open) {
      this.tools?.act("lion.queue.help");
    }
  };

  /** Escape is answered here and not passed on, or the editor would answer it as well. */
  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.#ask(event);
    }
  };
}
