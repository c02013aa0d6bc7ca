/** Characters of a block at most: small enough that laying one out is nothing, large enough that few are needed. */
const LONGEST_BLOCK = 4_000;
/** Lines of a block at most. */
const MOST_LINES = 80;

/**
 * Cuts a text into blocks that the page lays out when they come into view. A block ends with a line where it can, else after
 * a space, else between two characters; put together the blocks are the text.
 */
export function textBlocks(text: string): string[] {
  const blocks: string[] = [];
  let from = 0;
  while (from < text.length) {
    const to = endOfBlock(text, from);
    blocks.push(text.slice(from, to));
    from = to;
  }
  return blocks;
}

function endOfBlock(text: string, from: number): number {
  const furthest = Math.min(text.length, from + LONGEST_BLOCK);
  let lines = 0;
  let lastLine = -1;
  for (let at = text.indexOf("\n", from); at !== -1 && at < furthest; at = text.indexOf("\n", at + 1)) {
    lastLine = at + 1;
    if (++lines === MOST_LINES) {
      return lastLine;
    }
  }
  if (furthest === text.length) {
    return furthest;
  }
  if (lastLine !== -1) {
    return lastLine;
  }
  const space = text.lastIndexOf(" ", furthest - 1) + 1;
  if (space > from + LONGEST_BLOCK / 2) {
    return space;
  }
  // Not between the halves of a character.
  const code = text.charCodeAt(furthest - 1);
  return code >= 0xd800 && code <= 0xdbff ? furthest - 1 : furthest;
}
