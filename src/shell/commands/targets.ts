/**
 * The instructions that a command is about: those of all selected nodes when one of them was clicked, else the clicked
 * node's, else those given as `{instructionId}` or `{instructionIds}`. Empty when none is named.
 */
export function instructionIds(clicked?: unknown, selected?: unknown): number[] {
  const all = Array.isArray(selected) && selected.length > 0 ? selected : [clicked];
  return [...new Set(all.flatMap(idsOf))];
}

function idsOf(about: unknown): number[] {
  if (typeof about !== "object" || about === null) {
    return [];
  }
  const { instructionId, instructionIds: many } = about as { instructionId?: unknown; instructionIds?: unknown };
  const ids = Array.isArray(many) ? many : [instructionId];
  return ids.filter((id): id is number => Number.isSafeInteger(id));
}

/** A text field of what a command was given. */
export function textOf(given: unknown, field: string): string | undefined {
  const value = typeof given === "object" && given !== null ? (given as Record<string, unknown>)[field] : undefined;
  return typeof value === "string" ? value : undefined;
}
