const LABEL_LENGTH = 80;

/** Control characters, line ends, and the marks that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** A hostile text as one line of plain characters, cut to a length with an ellipsis. */
export function oneLine(text: string, length: number = LABEL_LENGTH): string {
  // Cut before the cleaning as well: an answer may be megabytes long.
  const line = text
    .slice(0, 4 * length)
    .replace(UNPRINTABLE, " ")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  return characters.length > length || text.length > 4 * length
    ? `${characters
        .slice(0, length - 1)
        .join("")
        .trimEnd()}…`
    : line;
}

/** One line for a quick pick, whose labels would otherwise show `$(name)` as a picture. */
export function pickLine(text: string, length?: number): string {
  return oneLine(text, length).replaceAll("$(", "\\$(");
}
