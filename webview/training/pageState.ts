import type { RunAxis } from "../../src/protocol/training.ts";
import { editor } from "../ui/editor.ts";

/** What the page remembers while it is hidden and over a restart: what is looked at and how, never what was measured. */
export interface PageState {
  /** The training that is looked at; null follows the newest. */
  readonly chosen: string | null;
  /** Those whose curves are drawn; null: the newest few. */
  readonly drawn: readonly string[] | null;
  readonly axis: RunAxis;
  /** From 0 to below 1. */
  readonly smoothing: number;
  /** Whether values are drawn on a logarithmic scale. */
  readonly log: boolean;
  /** Metrics whose tables are shown. */
  readonly tables: readonly string[];
  /** Pixels. */
  readonly scroll: number;
}

/** The remembered state; what is missing or unreadable in it is as at the first time. */
export function readState(): PageState {
  const state = (editor.getState() ?? {}) as Partial<Record<keyof PageState, unknown>>;
  const { chosen, drawn, axis, smoothing, log, tables, scroll } = state;
  return {
    chosen: typeof chosen === "string" ? chosen : null,
    drawn: isTexts(drawn) ? drawn : null,
    axis: axis === "tokens" || axis === "seconds" ? axis : "step",
    smoothing: typeof smoothing === "number" && smoothing >= 0 && smoothing < 1 ? smoothing : 0,
    log: log === true,
    tables: isTexts(tables) ? tables : [],
    scroll: typeof scroll === "number" ? scroll : 0,
  };
}

export function writeState(state: PageState): void {
  editor.setState(state);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
