import { editor } from "../ui/editor.ts";

/** What is being written. */
export interface Draft {
  readonly instruction: string;
  readonly input: string;
  readonly system: string;
}

/** What the page remembers while it is hidden and over a restart: what is not asked yet, never answers. */
export interface PageState {
  readonly draft: Draft;
  /** Whether input, system text and sampling are shown. */
  readonly more: boolean;
  /** Whether answers are shown as they are written. */
  readonly plain: boolean;
}

/** The remembered state; what is missing or unreadable in it is as at the first time. */
export function readState(): PageState {
  const { draft, more, plain } = (editor.getState() ?? {}) as Partial<Record<keyof PageState, unknown>>;
  const fields = (typeof draft === "object" && draft !== null ? draft : {}) as Partial<Record<keyof Draft, unknown>>;
  const text = (field: unknown): string => (typeof field === "string" ? field : "");
  return {
    draft: { instruction: text(fields.instruction), input: text(fields.input), system: text(fields.system) },
    more: more === true,
    plain: plain === true,
  };
}

export function writeState(state: PageState): void {
  editor.setState(state);
}
