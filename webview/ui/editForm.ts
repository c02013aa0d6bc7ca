import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Editing, QueueString } from "../../src/protocol/queue.ts";
import { keep, readKept } from "./keptState.ts";
import { ariaShortcut, keycap } from "./keys.ts";
import { rowsOf } from "./rows.ts";
import { writtenIn } from "./toolkit.ts";
import type { Tools } from "./tools.ts";

/** What somebody wrote, on its way to the editor; the reply says what is wrong with it, or null when it was stored. */
export type SaveEdit = (
  fields: Readonly<Record<string, string>>,
  note: string,
) => Promise<{ readonly problem: string | null }>;

const FIELD_NAMES = { instruction: "fieldInstruction", input: "fieldInput", answer: "fieldAnswer" } as const;

/** A form for an instruction or an answer. What is written in it is kept while the page is hidden, until it is saved or left. */
export class EditFormElement extends LitElement {
  static override properties = {
    tools: { attribute: false },
    editing: { attribute: false },
    saveEdit: { attribute: false },
    problem: { state: true },
    saving: { state: true },
  };
  declare tools: Tools<QueueString> | null;
  declare editing: Editing | null;
  declare saveEdit: SaveEdit | null;
  declare problem: string | null;
  declare saving: boolean;
  #fields: Record<string, string> = {};
  #note = "";
  #fromDraft = false;

  constructor() {
    super();
    this.tools = null;
    this.editing = null;
    this.saveEdit = null;
    this.problem = null;
    this.saving = false;
  }

  /** Sends what is written; the form stays, with the reason, when it cannot be stored. */
  async save(): Promise<void> {
    if (this.saving || !this.saveEdit) {
      return;
    }
    this.saving = true;
    try {
      this.problem = (await this.saveEdit({ ...this.#fields }, this.#note)).problem;
      if (this.problem === null) {
        keep({ draft: null });
      }
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.saving = false;
    }
  }

  /** The same piece of text, sent once more with a newer screen, does not disturb what is being written. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("editing");
    const { editing } = this;
    if (editing && changed.has("editing") && !isSamePiece(before ?? null, editing)) {
      const { draft } = readKept();
      const own = draft?.instructionId === editing.instructionId ? draft : null;
      this.#fromDraft = own !== null;
      this.#fields = Object.fromEntries(editing.fields.map(({ name, text }) => [name, own?.fields[name] ?? text]));
      this.#note = own?.note ?? "";
      this.problem = null;
    }
  }

  protected override firstUpdated(): void {
    // The toolkit's fields can take the focus once they have rendered themselves.
    requestAnimationFrame(() => this.querySelector<HTMLElement>("vscode-text-area")?.focus());
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { tools, editing, problem, saving } = this;
    if (!tools || !editing) {
      return nothing;
    }
    const { text, keyOf } = tools;
    const saveKey = keyOf("lion.queue.saveEdit");
    const cancelKey = keyOf("lion.queue.cancelEdit");
    return html`
      <form class="edit-form" @submit=${(event: Event) => event.preventDefault()}>
        ${this.#fromDraft ? html`<p class="quiet">${text("editUnsaved")}</p>` : nothing}
        ${editing.fields.map(
          ({ name }) => html`
            <vscode-text-area resize="vertical" rows=${rowsOf(this.#fields[name] ?? "")} .value=${this.#fields[name] ?? ""}
              @input=${(event: Event) => this.#write(name, event)}>${text(FIELD_NAMES[name])}</vscode-text-area>`,
        )}
        <vscode-text-field class="note-field" .value=${this.#note} @input=${(event: Event) => this.#write(null, event)}>
          ${text("fieldNote")}</vscode-text-field>
        <p class="problem" role="alert">${problem ?? ""}</p>
        <div class="action-group">
          <vscode-button class="action" ?disabled=${saving} aria-keyshortcuts=${saveKey === null ? nothing : ariaShortcut(saveKey)}
            @click=${() => void this.save()}>
            <span class="label">${text(saving ? "saving" : "lion.queue.saveEdit")}</span>${keycap(saveKey)}</vscode-button>
          <vscode-button class="action" appearance="secondary" aria-keyshortcuts=${cancelKey === null ? nothing : ariaShortcut(cancelKey)}
            @click=${() => this.#cancel(tools)}>
            <span class="label">${text("lion.queue.cancelEdit")}</span>${keycap(cancelKey)}</vscode-button>
          <span class="quiet">${text("editHint")}</span>
        </div>
      </form>`;
  }

  #write(field: string | null, event: Event): void {
    const written = writtenIn(event);
    const { editing } = this;
    if (written === null || !editing) {
      return;
    }
    if (field === null) {
      this.#note = written;
    } else {
      this.#fields[field] = written;
    }
    keep({ draft: { instructionId: editing.instructionId, fields: { ...this.#fields }, note: this.#note } });
  }

  #cancel(tools: Tools<QueueString>): void {
    keep({ draft: null });
    tools.act("lion.queue.cancelEdit");
  }
}

function isSamePiece(before: Editing | null, after: Editing): boolean {
  return before?.what === after.what && before.instructionId === after.instructionId;
}
