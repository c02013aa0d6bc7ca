import { diffWordsWithSpace } from "diff";

/** A run of words that was added, removed, or left as it was. */
export interface Piece {
  readonly text: string;
  readonly change: "added" | "removed" | null;
}

/** Milliseconds that looking for changes may take; texts that differ too much are shown whole, one after the other. */
const PATIENCE = 30;

/** The words that lead from one text to another; white space counts. */
export function piecesOf(before: string, after: string): Piece[] {
  const changes = diffWordsWithSpace(before, after, { timeout: PATIENCE });
  if (!changes) {
    const all: readonly Piece[] = [
      { text: before, change: "removed" },
      { text: after, change: "added" },
    ];
    return all.filter(({ text }) => text !== "");
  }
  return changes.map(({ value, added, removed }) => ({
    text: value,
    change: added ? "added" : removed ? "removed" : null,
  }));
}
