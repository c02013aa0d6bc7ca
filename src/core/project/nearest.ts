/**
 * The name that a person probably meant: the one with the fewest edits (Levenshtein 1966), upper and lower case being
 * equal. Null when even that one differs in more than a third of its letters.
 */
export function nearestName(written: string, names: readonly string[]): string | null {
  const [best] = names
    .map((name) => ({ name, edits: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  if (!best || best.edits >= Math.min(best.name.length, written.length)) {
    return null;
  }
  return best.edits <= Math.max(1, Math.floor(Math.max(best.name.length, written.length) / 3)) ? best.name : null;
}

/** Insertions, deletions and replacements that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Names as a list in a sentence: `"a", "b" and "c"`; `none` when there are no names. */
export function listNames(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  if (quoted.length < 2) {
    return quoted[0] ?? "none";
  }
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
