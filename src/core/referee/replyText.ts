/**
 * A referee's reply as plain lines: one kind of line break, quote, digit and space; without Markdown, HTML, LaTeX and
 * bullets; without the referee's own thinking, program code, struck-out text and block quotes, which are not its verdict.
 */
export function plainText(reply: string): string {
  let text = reply
    .replaceAll(/[\p{Co}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]|\ufe0f|\u20e3/gu, "")
    .replaceAll(/\r\n?|[\u0085\u2028\u2029\v\f]/gu, "\n")
    .replaceAll(/(\d) ?½/gu, "$1.5")
    .replaceAll(/[，、]/gu, ", ")
    .normalize("NFKC")
    .replaceAll(/[^\S\n]/gu, " ")
    .replaceAll("\u2044", "/")
    .replaceAll("\u2212", "-")
    .replaceAll(/[“”„«»「」『』]/gu, '"')
    .replaceAll(/[‘’´]/gu, "'");
  text = withoutAsides(text);
  text = withoutMarkup(text);
  return text.split("\n").map(bareLine).join("\n");
}

/** Fences of these kinds hold a verdict as likely as not; all other languages hold program code. */
const PROSE_FENCE = /^(?:|json[c5l]?|text|txt|plain(?:text)?|markdown|md|output|yaml)$/iu;

function withoutAsides(text: string): string {
  const spoken = text
    .replaceAll(/<(think|thinking|reasoning)>.*?(?:<\/\1>|$)/gsu, "\n")
    .replaceAll(/<(s|del|strike)>[^<\n]*<\/\1>|~~[^~\n]*~~/gu, "");
  const lines: string[] = [];
  const all = spoken.split("\n");
  for (let at = 0; at < all.length; at++) {
    const line = all[at] ?? "";
    const language = /^\s*```+\s*([\p{L}\d+#.-]*)\s*$/u.exec(line)?.[1];
    const end = language === undefined ? -1 : all.findIndex((other, i) => i > at && /^\s*```+\s*$/u.test(other));
    if (language === undefined || end < 0) {
      lines.push(/^\s*```/u.test(line) || /^\s*>/u.test(line) ? "" : line);
    } else {
      lines.push("", ...(PROSE_FENCE.test(language) ? all.slice(at + 1, end) : []), "");
      at = end;
    }
  }
  return lines.join("\n");
}

const BLOCK_TAG = /<\/?(?:br|p|div|li|ul|ol|h[1-6]|tr|table|tbody|thead|hr)\b[^<>\n]{0,80}>/giu;
const INLINE_TAG = /<\/?(?:b|strong|i|em|u|span|code|mark|font|sub|sup|small|big|td|th)\b[^<>\n]{0,80}>/giu;

function withoutMarkup(text: string): string {
  return (
    text
      .replaceAll(BLOCK_TAG, "\n")
      .replaceAll(INLINE_TAG, "")
      .replaceAll("&nbsp;", " ")
      .replaceAll(/\\(?:boxed|text|textbf|mathbf|mathrm)\{([^{}\n]{0,40})\}/gu, "$1")
      .replaceAll(/\${1,2} ?(\d+(?:\.\d+)?(?: ?\/ ?10)?) ?\${1,2}/gu, "$1")
      .replaceAll(/\\([*_#.!>()[\]-])/gu, "$1")
      .replaceAll(/\[\[ ?(\d+(?:[.,]\d+)?) ?\]\]/gu, "$1")
      // A product must not become a number with more digits when emphasis is taken off.
      .replaceAll(/(?<=\d) ?\*+ ?(?=\d)/gu, " × ")
      .replaceAll(/[*`]/gu, "")
      .replaceAll(/(?<!\d)_+|_+(?!\d)/gu, " ")
      .replaceAll(/ {2,}/gu, " ")
  );
}

/** A line without heading marks, bullets and numbering. */
function bareLine(line: string): string {
  return line.trim().replace(/^(?:(?:#{1,6}|[-+•·‣▪●■◦–—]|\(?\d{1,2}[.)](?= \D))\s+)+/u, "");
}
