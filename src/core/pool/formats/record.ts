import type { InstructionText } from "../instruction.ts";

/** One row of an imported file, whatever its format was. */
export interface ImportedRecord extends InstructionText {
  /** The reply that came with it; null when there is none, or one that is empty. */
  readonly output: string | null;
  /** The row's other short fields: level, family, category, id … (20 at most). */
  readonly tags: Readonly<Record<string, string | number>>;
  /** The row's own id in its source. */
  readonly sourceId?: string;
}

/** A row of the file, or why it can't be used. `line` counts from 1; in a JSON list it is where the item begins. */
export type ImportedRow =
  | { readonly line: number; readonly record: ImportedRecord }
  | { readonly line: number; readonly reason: string };

/** A row that can't be used; the message finishes the sentence "this row …". Caught within this folder. */
export class RefusedRow extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "RefusedRow";
  }
}
