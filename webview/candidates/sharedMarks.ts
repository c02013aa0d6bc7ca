import type { Neighbour } from "../../src/protocol/candidates.ts";
import { mark, textOf, unmark } from "../ui/marks.ts";
import { joined } from "./stretches.ts";

/** The name that the style of shared words goes by. */
const SHARED = "lion-shared";

/** Parts of the page that have words in common. */
export const CANDIDATE_PART = "candidate";
export const NEIGHBOUR_PART = "neighbour";

/** Marks the words that the candidate and its neighbour share, on both; without a neighbour no word is marked. */
export function markShared(page: Element, neighbour: Neighbour | null): void {
  if (neighbour === null) {
    unmark(SHARED);
    return;
  }
  const { candidate, neighbour: other } = neighbour.shared;
  const parts = [
    { part: CANDIDATE_PART, stretches: candidate },
    { part: NEIGHBOUR_PART, stretches: other },
  ];
  mark(
    SHARED,
    parts.flatMap(({ part, stretches }) => {
      const element = page.querySelector(`[data-part="${part}"] .long-text`);
      if (!element) {
        return [];
      }
      const { nodes, text } = textOf(element);
      return [{ nodes, stretches: joined(text, stretches) }];
    }),
  );
}
