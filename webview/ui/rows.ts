const LEAST_ROWS = 3;
const MOST_ROWS = 22;
/** Characters in a line, roughly: only for how high a field is at first. */
const LINE = 90;

/** Lines that a text takes, within what a form should take of the page. */
export function rowsOf(text: string): number {
  let rows = 0;
  for (const line of text.slice(0, LINE * MOST_ROWS).split("\n")) {
    rows += Math.max(1, Math.ceil(line.length / LINE));
  }
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, rows + 1));
}
