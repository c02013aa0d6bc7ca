import type { Stretch } from "../../src/protocol/candidates.ts";

/**
 * Stretches of a text in order, those that touch or have nothing but white space between them as one: words in a row are
 * then marked in one piece, which is calmer to look at.
 *
 * @param text may be the beginning of the text that the stretches were found in; what lies beyond it is left out.
 */
export function joined(text: string, stretches: readonly Stretch[]): Stretch[] {
  const all: Array<[number, number]> = [];
  for (const [from, to] of stretches.toSorted((one, other) => one[0] - other[0])) {
    const end = Math.min(to, text.length);
    const last = all.at(-1);
    if (from >= end) {
      continue;
    }
    if (last && (from <= last[1] || text.slice(last[1], from).trim() === "")) {
      last[1] = Math.max(last[1], end);
    } else {
      all.push([from, end]);
    }
  }
  return all;
}
