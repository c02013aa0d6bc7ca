/** The text part of a candidate. */
export interface Generated {
  readonly instruction: string;
  /** Empty when the reply has no input block. */
  readonly input: string;
}

const MARKS = "[*_#[\\]\\s]*";
const NAME =
  "(?:(?:brand[- ])?(?:new|created|generated|rewritten|long-tail|rarer?|my|the|your|here is (?:the|a)|here's (?:the|a))[\\s-]+){0,4}(?:instruction|task|prompt|question|request)(?:\\s+\\d{1,2})?";

/** "New instruction:", "**Instruction**:", "### Task:"; "#Created Prompt#", "**New task**"; "Instruction" on a line of its own. */
const LABELS = [
  new RegExp(`^${MARKS}${NAME}${MARKS}[:：]${MARKS}`, "iu"),
  new RegExp(`^(?:#+|\\*+|\\[+|_+)\\s*${NAME}\\s*(?:#+|\\*+|\\]+|_+)\\s*`, "iu"),
  new RegExp(`^#*[ \\t]*${NAME}[ \\t]*\\n`, "iu"),
];
/** A courtesy before the instruction: "Sure! Here is a new instruction:". */
const COURTESY = /^(?:sure|certainly|of course|okay|ok|here(?: is|'s|’s))\b[^\n]{0,80}[:：]\s*\n+/iu;
const INPUT_LABEL = /^[ \t]*[*_#[]*input[*_#\]]*[ \t]*[:：][ \t*_]*/imu;
const NO_INPUT = /^[<([]?\s*(?:no ?input|none|n\/a|empty)\s*[>)\]]?\.?$/iu;

/** Pairs of marks that may wrap the whole text. */
const QUOTES: ReadonlyArray<readonly [string, string]> = [
  ['"', '"'],
  ["'", "'"],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"],
  ["„", "“"],
  ["「", "」"],
  ["『", "』"],
  ["`", "`"],
  ["**", "**"],
];

/**
 * The instruction in a generator's reply: without white space, code fences and quotes around it, and without one label
 * before it. Line breaks inside stay. What follows a line that begins with `Input:` is the input.
 */
export function parseGenerated(reply: string): Generated {
  const text = unwrapped(reply.replaceAll(/\r\n?/gu, "\n").replace(/^\ufeff/u, ""));
  const bare = withoutLabel(text);
  const input = INPUT_LABEL.exec(bare);
  // An input block follows an instruction; a text that begins with the word is an instruction about it.
  if (!input || input.index === 0) {
    return { instruction: unwrapped(bare), input: "" };
  }
  const material = bare.slice(input.index + input[0].length).trim();
  return {
    instruction: unwrapped(bare.slice(0, input.index)),
    input: NO_INPUT.test(material) ? "" : unwrapped(material),
  };
}

/** A label is taken off only where an instruction is left. */
function withoutLabel(text: string): string {
  const polite = text.replace(COURTESY, "").trim();
  const labelled = polite === "" ? text : polite;
  const label = LABELS.map((pattern) => pattern.exec(labelled)?.[0]).find((found) => found !== undefined) ?? "";
  const bare = labelled.slice(label.length).trim();
  return bare === "" ? text : unwrapped(bare);
}

function unwrapped(text: string): string {
  const trimmed = text.trim();
  const fence = /^(`{3,}|~{3,})[^\n`]*\n(.*)\n\1$/su.exec(trimmed);
  if (fence && !fence[2]?.includes(fence[1] ?? "")) {
    return (fence[2] ?? "").trim();
  }
  const tag = /^<(instruction|task|prompt)>(.*)<\/\1>$/isu.exec(trimmed);
  if (tag) {
    return (tag[2] ?? "").trim();
  }
  for (const [open, close] of QUOTES) {
    const inside = trimmed.slice(open.length, -close.length);
    const wraps = trimmed.startsWith(open) && trimmed.endsWith(close) && trimmed.length > open.length + close.length;
    if (wraps && !inside.includes(open) && !inside.includes(close)) {
      return inside.trim();
    }
  }
  return trimmed;
}
