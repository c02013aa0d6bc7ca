import type { Stretch } from "../../src/protocol/candidates.ts";

/** A stretch within one of several pieces of text that follow each other. */
export interface PieceStretch {
  readonly piece: number;
  readonly from: number;
  readonly to: number;
}

/** Stretches of a whole text in the pieces that make it up, by the pieces' lengths; one over several pieces is cut. */
export function inPieces(lengths: readonly number[], stretches: readonly Stretch[]): PieceStretch[] {
  const found: PieceStretch[] = [];
  let piece = 0;
  let start = 0;
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    while (piece < lengths.length && start + (lengths[piece] ?? 0) <= from) {
      start += lengths[piece++] ?? 0;
    }
    for (let at = piece, begin = start; at < lengths.length && begin < to; begin += lengths[at++] ?? 0) {
      const end = begin + (lengths[at] ?? 0);
      if (end > from && end > begin) {
        found.push({ piece: at, from: Math.max(from, begin) - begin, to: Math.min(to, end) - begin });
      }
    }
  }
  return found;
}

/** The text nodes of an element, in order, and their text. */
export function textOf(root: Element): { readonly nodes: readonly Text[]; readonly text: string } {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) {
      nodes.push(node);
    }
  }
  return { nodes, text: nodes.map(({ data }) => data).join("") };
}

/**
 * Marks stretches of what is on the page, without touching its elements (CSS Custom Highlight API): the style is
 * `::highlight(name)`. What was marked under the name before is marked no more.
 */
export function mark(
  name: string,
  places: ReadonlyArray<{ readonly nodes: readonly Text[]; readonly stretches: readonly Stretch[] }>,
): void {
  const highlight = new Highlight();
  for (const { nodes, stretches } of places) {
    for (const { piece, from, to } of inPieces(
      nodes.map(({ length }) => length),
      stretches,
    )) {
      const node = nodes[piece];
      if (node) {
        highlight.add(new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to }));
      }
    }
  }
  CSS.highlights.set(name, highlight);
}

/** Takes the marks of a name away. */
export function unmark(name: string): void {
  CSS.highlights.delete(name);
}
