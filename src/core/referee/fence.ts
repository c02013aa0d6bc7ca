import { canonicalJson, sha256 } from "../hash.ts";

/** A part of a prompt whose content was written by others. */
export interface Section {
  /** The name that the prompt uses for it. */
  readonly label: string;
  readonly content: string;
}

/** Length of the mark in hexadecimal digits. */
const MARK_LENGTH = 8;

/**
 * Wraps each section in an opening and a closing line that its content cannot contain: both carry a mark that is hashed from
 * all contents and occurs in none of them. Equal contents give equal text.
 */
export function fenced(sections: readonly Section[]): string[] {
  const mark = markFor(sections);
  return sections.map(({ label, content }) => `<<<${label} ${mark}>>>\n${content}\n<<<end of ${label} ${mark}>>>`);
}

function markFor(sections: readonly Section[]): string {
  for (let attempt = 0; ; attempt++) {
    const mark = sha256(canonicalJson([attempt, sections])).slice(0, MARK_LENGTH);
    if (!sections.some(({ label, content }) => content.includes(mark) || label.includes(mark))) {
      return mark;
    }
  }
}
