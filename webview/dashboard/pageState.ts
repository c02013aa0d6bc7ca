import { editor } from "../ui/editor.ts";

/** What the page remembers while it is hidden and over a restart: where the person was, never figures. */
export interface PageState {
  /** The histogram's iteration; null follows the newest. */
  readonly iteration: number | null;
  /** Ids of the figures whose tables are shown. */
  readonly tables: readonly string[];
  /** Pixels. */
  readonly scroll: number;
}

/** The remembered state; what is missing or unreadable in it is as at the first time. */
export function readState(): PageState {
  const state = (editor.getState() ?? {}) as Partial<Record<keyof PageState, unknown>>;
  return {
    iteration: typeof state.iteration === "number" ? state.iteration : null,
    tables: Array.isArray(state.tables) ? state.tables.filter((id) => typeof id === "string") : [],
    scroll: typeof state.scroll === "number" ? state.scroll : 0,
  };
}

export function writeState(state: PageState): void {
  editor.setState(state);
}
