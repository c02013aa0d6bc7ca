import { editor } from "./editor.ts";

/** What somebody has written and not saved, so that a hidden page loses none of it. */
export interface Draft {
  readonly instructionId: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly note: string;
}

/** What a page on which a person decides remembers while it is hidden and over a restart: where the person was, never items. */
export interface KeptState {
  /** The item that the rest is about. */
  readonly key: string | null;
  /** Pixels that the page was scrolled by. */
  readonly scroll: number;
  /** Ids of the parts that were opened; a part that is closed at first is not among them. */
  readonly open: readonly string[];
  readonly draft: Draft | null;
}

/** The remembered state; what is missing or unreadable in it is as at the first time. */
export function readKept(): KeptState {
  const state = (editor.getState() ?? {}) as Partial<Record<keyof KeptState, unknown>>;
  return {
    key: typeof state.key === "string" ? state.key : null,
    scroll: typeof state.scroll === "number" ? state.scroll : 0,
    open: Array.isArray(state.open) ? state.open.filter((id) => typeof id === "string") : [],
    draft: isDraft(state.draft) ? state.draft : null,
  };
}

/** Remembers what changed, and leaves the rest as it was. */
export function keep(change: Partial<KeptState>): void {
  editor.setState({ ...readKept(), ...change });
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { instructionId, fields, note } = value as Readonly<Record<string, unknown>>;
  return (
    Number.isSafeInteger(instructionId) &&
    typeof note === "string" &&
    typeof fields === "object" &&
    fields !== null &&
    Object.values(fields).every((text) => typeof text === "string")
  );
}
