/** A delimited part of a prompt. */
export interface Section {
  /** The prompt's own word for it, in lower case, without marks such as "start of". */
  readonly label: string;
  readonly text: string;
}

/** The sections of a prompt, and what it says around them. */
export interface Sectioned {
  readonly sections: readonly Section[];
  readonly outside: string;
}

interface Opening {
  readonly label: string;
  /** Text of the section on the opening line itself. */
  readonly rest?: string;
  /** Whether a line closes the section; text before the mark on that line belongs to it. */
  readonly closes: (line: string) => false | string;
  /** A section that is never closed ends where the next one opens. */
  readonly endsAtNext?: true;
}

/** How one convention opens a section on a line; null where it does not. */
type Style = (line: string) => Opening | null;

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

const ANGLES_END = /^\s*<<<\s*\/?(?:the\s+)?end(?:\s+of)?\s+(?:the\s+)?([^<>]{1,200})>>>\s*$/iu;

/** `<<<words nonce>>>` … `<<<end of words nonce>>>`. */
const angles: Style = (line) => {
  const label = /^\s*<<<([^<>]{1,200})>>>\s*$/u.exec(line)?.[1];
  if (label === undefined || /^\s*\/?end\b/iu.test(label)) {
    return null;
  }
  return { label, closes: (next) => (same(ANGLES_END.exec(next)?.[1] ?? "", label) ? "" : false) };
};

/** `<tag>` … `</tag>`, on lines of their own or around the text of one line. */
const tags: Style = (line) => {
  const match = /^\s*<([A-Za-z][\w.:-]{0,60})(?:\s[^<>]{0,200})?>(.*)$/u.exec(line);
  const label = match?.[1];
  if (label === undefined) {
    return null;
  }
  const end = `</${label}>`;
  return {
    label: label.replaceAll(/[_.:-]+/gu, " "),
    rest: match?.[2] ?? "",
    closes: (next) => (next.trimEnd().endsWith(end) ? next.trimEnd().slice(0, -end.length) : false),
  };
};

const START = /^(?:the\s+)?(?:start|begin(?:ning)?)\s+(?:of\s+)?(?:the\s+)?/iu;
const END = /^\/?(?:the\s+)?end(?:\s+of)?\s+(?:the\s+)?/iu;

/**
 * `[Label]` … `[End of Label]`, `[The Start of Label]` … `[The End of Label]`, `[Label]` … `[/Label]`, or `[Label]` until
 * the next one.
 */
const brackets: Style = (line) => {
  const words = /^\s*\[([^[\]]{1,200})\]:?\s*$/u.exec(line)?.[1];
  if (words === undefined || END.test(words) || words.startsWith("/")) {
    return null;
  }
  const label = words.replace(START, "");
  return {
    label,
    endsAtNext: true,
    closes: (next) => {
      const closing = /^\s*\[([^[\]]{1,200})\]\s*$/u.exec(next)?.[1] ?? "";
      return (closing.startsWith("/") || END.test(closing)) && same(closing.replace(/^\//u, "").replace(END, ""), label)
        ? ""
        : false;
    },
  };
};

/** Characters that a heading may have. */
const LONGEST_HEADING = 160;

/** `### Label`, with or without a colon. */
const headings: Style = (line) => {
  const label = line.length <= LONGEST_HEADING ? /^#{1,6}\s+(\S.*)$/u.exec(line)?.[1] : undefined;
  return label === undefined
    ? null
    : { label: label.replace(/\s*:?\s*#*$/u, ""), closes: () => false, endsAtNext: true };
};

/** Text between lines of three (or more) backticks, tildes or quotes. */
const quotes: Style = (line) => {
  const match = /^\s*(`{3,}|~{3,}|"{3,}|'{3,})\s*([\w+.-]{0,40})\s*$/u.exec(line);
  const mark = match?.[1];
  return mark === undefined ? null : { label: match?.[2] ?? "", closes: (next) => (next.trim() === mark ? "" : false) };
};

const STYLES: readonly Style[] = [angles, tags, brackets, quotes, headings];

/** How far a section was read: its text, and the first line after it. */
interface Reading {
  readonly text: string;
  readonly next: number;
}

function readToNext(style: Style, lines: readonly string[], at: number): Reading {
  let next = at + 1;
  while (next < lines.length && style(lines[next] ?? "") === null) {
    next++;
  }
  return { text: lines.slice(at + 1, next).join("\n"), next };
}

function readClosed(opening: Opening, lines: readonly string[], at: number): Reading | null {
  const content: string[] = [];
  const first = opening.rest ?? "";
  if (first !== "") {
    const closed = opening.closes(first);
    if (closed !== false) {
      return { text: closed, next: at + 1 };
    }
    content.push(first);
  }
  for (let next = at + 1; next < lines.length; next++) {
    const closed = opening.closes(lines[next] ?? "");
    if (closed !== false) {
      return { text: [...content, ...(closed === "" ? [] : [closed])].join("\n"), next: next + 1 };
    }
    content.push(lines[next] ?? "");
  }
  return null;
}

/** A section without the empty lines around it. */
function trimmed(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/u, "").trimEnd();
}

/** Without the pair of fences that some prompts put around the text below a heading. */
function unfenced(text: string): string {
  const lines = text.split("\n");
  const opening = quotes(lines[0] ?? "");
  return opening !== null && lines.length > 1 && opening.closes(lines[lines.length - 1] ?? "") !== false
    ? lines.slice(1, -1).join("\n")
    : text;
}

interface Found extends Sectioned {
  /** The line on which the first section opens. */
  readonly start: number;
}

/** Some prompts put what they ask for under a mark of its own. */
const REQUEST = /^(?:system|request|requirements?|your (?:task|job)|.*\bformat)$/u;

/** So many labels that are never closed are looked for; a text with more is hostile, and would cost quadratic time. */
const MOST_UNCLOSED = 64;

function readStyle(style: Style, lines: readonly string[]): Found {
  const sections: Section[] = [];
  const outside: string[] = [];
  let start = lines.length;
  const unclosed = new Set<string>();
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const opening = style(line);
    const searched = opening !== null && !unclosed.has(opening.label) && unclosed.size < MOST_UNCLOSED;
    const closed = searched ? readClosed(opening, lines, at) : null;
    if (opening !== null && closed === null) {
      unclosed.add(opening.label);
    }
    const reading = closed ?? (opening?.endsAtNext ? readToNext(style, lines, at) : null);
    const label = opening?.label.trim().toLowerCase() ?? "";
    if (reading === null) {
      outside.push(line);
      at++;
    } else if (REQUEST.test(label)) {
      outside.push(line, reading.text);
      at = reading.next;
    } else {
      start = Math.min(start, at);
      const text = trimmed(reading.text);
      sections.push({ label, text: closed === null ? unfenced(text) : text });
      at = reading.next;
    }
  }
  return { sections, outside: outside.join("\n"), start };
}

/**
 * The sections of a prompt, whichever of the common conventions it uses: `<<<label>>>`, `<label>`, `[Label]`, `###
 * Label`, or fences of backticks or quotes. One convention counts for the whole prompt: the one that yields at least
 * `wanted` sections and opens first, so that what looks like a mark inside a section is part of its text. Where none
 * yields enough, the one that yields most.
 */
export function readSections(prompt: string, wanted: number): Sectioned {
  const lines = prompt.replaceAll("\r\n", "\n").split("\n");
  const found = STYLES.map((style) => readStyle(style, lines)).filter(({ sections }) => sections.length > 0);
  const enough = found.filter(({ sections }) => sections.length >= wanted).sort((a, b) => a.start - b.start);
  const best = enough[0] ?? found.sort((a, b) => b.sections.length - a.sections.length)[0];
  return best ?? { sections: [], outside: prompt };
}
