import { differing } from "../ui/differing.ts";
import { mark, textOf, unmark } from "../ui/marks.ts";

/** The name that the style of differing words goes by. */
const DIFFERS = "lion-differs";

/** Marks the words in which the two answers on the page differ. @returns false where they are too long for it. */
export function markDifferences(page: Element): boolean {
  const [left, right] = [...page.querySelectorAll(".answer")].map(textOf);
  if (!left || !right) {
    unmarkDifferences();
    return true;
  }
  const found = differing(left.text, right.text);
  if (!found) {
    unmarkDifferences();
    return false;
  }
  mark(DIFFERS, [
    { nodes: left.nodes, stretches: found.left },
    { nodes: right.nodes, stretches: found.right },
  ]);
  return true;
}

export function unmarkDifferences(): void {
  unmark(DIFFERS);
}
