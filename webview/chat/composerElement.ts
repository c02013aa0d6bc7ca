import { html, LitElement, nothing, type TemplateResult } from "lit";
import {
  type ChatQuestion,
  type ChatSettings,
  LONGEST_FIELD,
  MOST_TEMPERATURE,
  MOST_TOKENS,
} from "../../src/protocol/chat.ts";
import { ariaShortcut, keepControlKeys } from "../ui/keys.ts";
import { writtenIn } from "../ui/toolkit.ts";
import type { Draft } from "./pageState.ts";
import type { Wording } from "./wording.ts";

const ASK_KEY = "Ctrl+Enter";

/**
 * Where a question is written. Events: `draft` (a `Draft`), `more` (a boolean), `settings` (`ChatSettings`), `ask` (a
 * `ChatQuestion`) and `stop`.
 */
export class ComposerElement extends LitElement {
  static override properties = {
    wording: { attribute: false },
    draft: { attribute: false },
    settings: { attribute: false },
    more: { attribute: false },
    answering: { attribute: false },
    problem: { attribute: false },
  };
  declare wording: Wording | null;
  declare draft: Draft;
  declare settings: ChatSettings;
  declare more: boolean;
  /** Somebody answers, and can be stopped. */
  declare answering: boolean;
  /** What is wrong with the question that was sent; null when nothing is. */
  declare problem: string | null;

  constructor() {
    super();
    this.wording = null;
    this.draft = { instruction: "", input: "", system: "" };
    this.settings = { temperature: 0, maxTokens: 1 };
    this.more = false;
    this.answering = false;
    this.problem = null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Puts the keyboard where the next question is written. */
  override focus(): void {
    // The toolkit's fields can take the focus once they have rendered themselves.
    requestAnimationFrame(() => this.querySelector<HTMLElement>("vscode-text-area")?.focus());
  }

  protected override render(): TemplateResult | typeof nothing {
    const { wording } = this;
    if (!wording) {
      return nothing;
    }
    const { text } = wording;
    const empty = this.draft.instruction.trim() === "";
    return html`
      <form class="composer" aria-label=${text("question")} @submit=${(event: Event) => event.preventDefault()}
        @keydown=${(event: KeyboardEvent) => this.#press(event)}>
        ${this.#field("instruction", 3, text("instruction"), text("instructionHint"))}
        ${
          this.more
            ? html`
              ${this.#field("input", 2, text("input"))}
              ${this.#field("system", 2, text("system"))}
              <div class="sampling">
                ${this.#number("temperature", text("temperature"), 0, MOST_TEMPERATURE, 0.1)}
                ${this.#number("maxTokens", text("maxTokens"), 1, MOST_TOKENS, 1)}
              </div>`
            : nothing
        }
        ${this.problem === null ? nothing : html`<p class="failure problem" role="alert">${this.problem}</p>`}
        <div class="composer-actions">
          <vscode-button ?disabled=${empty} aria-keyshortcuts=${ariaShortcut(ASK_KEY)} @click=${() => this.#ask()}>
            ${text("ask")} <kbd aria-hidden="true">${ASK_KEY}</kbd></vscode-button>
          ${
            this.answering
              ? html`<vscode-button appearance="secondary" @click=${() => this.#tell("stop", null)}>${text("stop")}</vscode-button>`
              : nothing
          }
          <button type="button" class="toggle" aria-expanded=${this.more} @click=${() => this.#tell("more", !this.more)}>
            ${text("more")}</button>
        </div>
      </form>`;
  }

  #field(name: keyof Draft, rows: number, label: string, hint = ""): TemplateResult {
    return html`
      <vscode-text-area class="field" rows=${rows} resize="vertical" maxlength=${LONGEST_FIELD} placeholder=${hint}
        .value=${this.draft[name]} @input=${(event: Event) => this.#write(name, writtenIn(event))}>${label}</vscode-text-area>`;
  }

  #number(name: keyof ChatSettings, label: string, least: number, most: number, step: number): TemplateResult {
    return html`
      <label class="number">
        <span>${label}</span>
        <input type="number" min=${least} max=${most} step=${step} .value=${String(this.settings[name])}
          @change=${(event: Event) => {
            const { currentTarget } = event;
            const value = currentTarget instanceof HTMLInputElement ? currentTarget.valueAsNumber : Number.NaN;
            if (currentTarget instanceof HTMLInputElement && Number.isFinite(value)) {
              const within = Math.min(most, Math.max(least, value));
              currentTarget.value = String(within);
              this.#tell("settings", { ...this.settings, [name]: within });
            }
          }}>
      </label>`;
  }

  #write(name: keyof Draft, value: string | null): void {
    if (value !== null && value !== this.draft[name]) {
      this.#tell("draft", { ...this.draft, [name]: value });
    }
  }

  #press(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      this.#ask();
    } else if (event.key === "Escape" && this.answering) {
      event.stopPropagation();
      this.#tell("stop", null);
    } else {
      keepControlKeys(event);
    }
  }

  #ask(): void {
    if (this.draft.instruction.trim() !== "") {
      this.#tell("ask", { ...this.draft, ...this.settings } satisfies ChatQuestion);
    }
  }

  #tell(kind: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
