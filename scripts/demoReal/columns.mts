/**
 * A model's text as words that a terminal can show: neither control characters (an escape sequence could move the
 * cursor) nor invisible ones that reverse the direction of writing.
 */
function harmlessWords(text: string): string[] {
  return text
    .replaceAll(/\p{Cf}/gu, "")
    .replaceAll(/\p{Cc}/gu, " ")
    .split(/\s+/u)
    .filter((word) => word !== "");
}

/** The text in lines of at most `width` characters, at most `height` of them; a longer one ends with "…". */
export function wrap(text: string, width: number, height: number): string[] {
  const lines: string[] = [];
  for (const word of harmlessWords(text)) {
    const letters = [...word];
    for (let start = 0; start < letters.length; start += width) {
      const piece = letters.slice(start, start + width).join("");
      const last = lines.at(-1);
      if (start === 0 && last !== undefined && [...last].length + 1 + [...piece].length <= width) {
        lines[lines.length - 1] = `${last} ${piece}`;
      } else {
        lines.push(piece);
      }
    }
  }
  if (lines.length <= height) {
    return lines;
  }
  const shown = lines.slice(0, height);
  const last = [...(shown[height - 1] ?? "")].slice(0, width - 1).join("");
  return [...shown.slice(0, -1), `${last}…`];
}

/** Texts side by side under their titles, each in a column of the same width. */
export function sideBySide(
  columns: ReadonlyArray<{ readonly title: string; readonly text: string }>,
  options: { readonly width: number; readonly height: number },
): string {
  const GAP = " │ ";
  const width = Math.max(12, Math.floor((options.width - GAP.length * (columns.length - 1)) / columns.length));
  const wrapped = columns.map(({ title, text }) => [title, "─".repeat(width), ...wrap(text, width, options.height)]);
  const rows = Math.max(...wrapped.map((lines) => lines.length));
  const pad = (line: string): string => line + " ".repeat(Math.max(0, width - [...line].length));
  return Array.from({ length: rows }, (_, row) =>
    wrapped
      .map((lines) => pad(lines[row] ?? ""))
      .join(GAP)
      .trimEnd(),
  ).join("\n");
}
