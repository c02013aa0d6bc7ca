import { html, nothing, type TemplateResult } from "lit";

const ARIA_NAMES: Readonly<Record<string, string>> = {
  Ctrl: "Control",
  Esc: "Escape",
  Cmd: "Meta",
  "⌘": "Meta",
  "⇧": "Shift",
};

/** A key as `aria-keyshortcuts` wants it: `Ctrl+Enter` is `Control+Enter`. */
export function ariaShortcut(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map((part) => ARIA_NAMES[part] ?? part)
    .join("+");
}

/** A key drawn as a keycap; nothing where there is none. Screen readers are told by `aria-keyshortcuts` on what the key belongs to. */
export function keycap(key: string | null): TemplateResult | typeof nothing {
  return key ? html`<kbd aria-hidden="true">${drawn(key)}</kbd>` : nothing;
}

/** A key in as few characters as keycaps have room for. */
function drawn(key: string): string {
  return key.replace(/^Shift\+/, "⇧").replace(/^Escape$/, "Esc");
}

/** What a key was pressed on, as far as it matters for whom the key is. */
export type KeyPlace = "text" | "button" | "elsewhere";

export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/**
 * Whether a key is for the control that has the focus and none of the editor's business: what is typed into a text, and Enter
 * and the space bar on a button. The editor would otherwise run the key's command as well.
 */
export function isForControl({ key, ctrlKey, metaKey, altKey }: PressedKey, place: KeyPlace): boolean {
  if (ctrlKey || metaKey || altKey) {
    return false;
  }
  return place === "text" ? key !== "Escape" : place === "button" && (key === "Enter" || key === " ");
}

/** Keeps keys that are for the control in focus from the editor, which listens on the window. */
export function keepControlKeys(event: KeyboardEvent): void {
  if (isForControl(event, placeOf(event.composedPath()[0]))) {
    event.stopPropagation();
  }
}

function placeOf(target: EventTarget | undefined): KeyPlace {
  if (!(target instanceof Element)) {
    return "elsewhere";
  }
  // A slider takes arrows, which no command has: every other key is still for the editor.
  return target.matches("textarea, select, input:not([type=range])")
    ? "text"
    : target.closest("button, a, summary, [role=button], vscode-button, vscode-dropdown")
      ? "button"
      : "elsewhere";
}
