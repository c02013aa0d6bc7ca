import { html, nothing, type TemplateResult } from "lit";
import { ariaShortcut, keycap } from "./keys.ts";
import type { Tools } from "./tools.ts";

/** A button that runs a command as its key does. */
export interface Action<Key extends string> {
  readonly command: Key;
  readonly argument?: unknown;
  /** In place of the command's own text and key. */
  readonly label?: string | TemplateResult;
  readonly key?: string;
  /** What pressing it comes to, for those who ask. */
  readonly title?: string;
  /** primary: what is done most. chip: one of many small ones. quiet: does not decide. secondary when left out. */
  readonly weight?: "primary" | "secondary" | "quiet" | "chip";
  /** Whether something that it switches is on. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

/** A button with its key on it. */
export function actionButton<Key extends string>(action: Action<Key>, tools: Tools<Key>): TemplateResult {
  const { command, argument, title, weight = "secondary", pressed, disabled = false } = action;
  const label = action.label ?? tools.text(command);
  const key = action.key ?? tools.keyOf(command);
  const words = html`<span class="label">${label}</span>`;
  return html`
    <vscode-button class="action ${weight}" appearance=${weight === "primary" ? "primary" : "secondary"}
      title=${title ?? nothing} ?disabled=${disabled}
      aria-pressed=${pressed === undefined ? nothing : String(pressed)}
      aria-keyshortcuts=${key ? ariaShortcut(key) : nothing}
      @click=${() => tools.act(command, argument)}>${
        weight === "chip" ? [keycap(key), words] : [words, keycap(key)]
      }</vscode-button>`;
}

/** Buttons that belong together. */
export function actionGroup<Key extends string>(
  actions: ReadonlyArray<Action<Key>>,
  tools: Tools<Key>,
): TemplateResult {
  return html`<div class="action-group">${actions.map((action) => actionButton(action, tools))}</div>`;
}

/** The bar at the page's lower edge, which stays there while the page scrolls; `more` is a row of the page's own under it. */
export function actionBar<Key extends string>(
  groups: ReadonlyArray<ReadonlyArray<Action<Key>>>,
  tools: Tools<Key>,
  name: string,
  more: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`
    <footer class="action-bar">
      <div class="action-groups" role="group" aria-label=${name}>
        ${groups.map((actions) => actionGroup(actions, tools))}
      </div>
      ${more}
    </footer>`;
}
