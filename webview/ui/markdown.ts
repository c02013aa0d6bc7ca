import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import MarkdownIt from "markdown-it";
import { markInvisible, wellFormed } from "./invisible.ts";

const LANGUAGES = {
  bash,
  cpp,
  diff,
  go,
  java,
  javascript,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) {
  hljs.registerLanguage(name, language);
}

/** Characters of Markdown that are rendered at most; longer texts are shown as they are written. */
export const LONGEST_MARKDOWN = 30_000;
/** Characters of code that are highlighted at most. */
const LONGEST_CODE = 20_000;
/** Tags that a text may grow to: elements cost more than characters when they are laid out. */
const MOST_TAGS = 8_000;
/** Bars in a text, each of which may become a table's cell. */
const MOST_BARS = 4_000;
/** Lists and quotes within each other. */
const DEEPEST = 20;
/** Opening brackets or emphasis in a row that make the parser look again and again. */
const PATHOLOGICAL = /[[(*_~`>]{400}|(?:!?\[[^\]\n]{0,3}){300}/;

/** Tags and attributes that rendered Markdown consists of; whatever is not among them is taken out. */
export const ALLOWED_TAGS: readonly string[] =
  "p h3 h4 h5 h6 ul ol li blockquote pre code em strong s hr br table thead tbody tr th td span div".split(" ");
export const ALLOWED_ATTRIBUTES: readonly string[] = ["class", "start", "data-code", "tabindex"];

// What stands on a line of its own stays there: answers are written by models, which do not wrap their lines.
const markdown = new MarkdownIt({ html: false, breaks: true, linkify: false, typographer: false, maxNesting: DEEPEST });
// Addresses are shown, never followed: there is nothing to validate, and what is shown is what was written.
markdown.validateLink = () => true;
markdown.normalizeLink = (address) => address;
markdown.normalizeLinkText = (address) => address;

const { rules } = markdown.renderer;
const { escapeHtml } = markdown.utils;

rules.link_open = () => '<span class="anchor">';
rules.link_close = (tokens, index) => {
  const open = openingOf(tokens, index);
  const address = String(open?.attrGet("href") ?? "");
  // An address in angle brackets is its own text.
  return open?.info === "auto" ? "</span>" : `</span>${addressHtml(address)}`;
};
rules.image = (tokens, index) => {
  const token = tokens[index];
  const alt = escapeHtml(token?.content ?? "");
  return `<span class="picture">${alt}</span>${addressHtml(String(token?.attrGet("src") ?? ""))}`;
};
rules.code_block = (tokens, index) => codeHtml(tokens[index]?.content ?? "", "");
rules.fence = (tokens, index) => codeHtml(tokens[index]?.content ?? "", tokens[index]?.info ?? "");
// The answer's own headings come below the page's: its first level is the page's third.
rules.heading_open = (tokens, index) =>
  `<${headingTag(tokens[index]?.tag)} class="heading-${levelOf(tokens[index]?.tag)}">`;
rules.heading_close = (tokens, index) => `</${headingTag(tokens[index]?.tag)}>\n`;
rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
rules.table_close = () => "</table></div>\n";
rules.th_open = (tokens, index) => `<th${alignment(tokens[index]?.attrGet("style"))}>`;
rules.td_open = (tokens, index) => `<td${alignment(tokens[index]?.attrGet("style"))}>`;

/**
 * Markdown as HTML of the allowed tags alone, without a link or a picture that anything could be loaded from; null where it
 * is better shown as it is written: too long, or made to keep a parser busy.
 */
export function markdownHtml(text: string): string | null {
  if (text.length > LONGEST_MARKDOWN || PATHOLOGICAL.test(text) || count(text, "|") > MOST_BARS) {
    return null;
  }
  const html = markInvisible(markdown.render(wellFormed(text)));
  return count(html, "<") > MOST_TAGS ? null : html;
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) {
    found++;
  }
  return found;
}

type Token = Parameters<NonNullable<typeof rules.fence>>[0][number];

/** The start of the link that ends at a token; links do not stand within each other. */
function openingOf(tokens: readonly Token[], close: number): Token | undefined {
  for (let at = close - 1; at >= 0; at--) {
    if (tokens[at]?.type === "link_open") {
      return tokens[at];
    }
  }
  return undefined;
}

function addressHtml(address: string): string {
  return address === "" ? "" : ` <span class="address">(${escapeHtml(address)})</span>`;
}

function codeHtml(code: string, info: string): string {
  const language = /^[\w+#-]*/.exec(info)?.[0] ?? "";
  const html =
    hljs.getLanguage(language) && code.length <= LONGEST_CODE
      ? hljs.highlight(code, { language, ignoreIllegals: true }).value
      : escapeHtml(code);
  return `<pre tabindex="0"><code>${html}</code></pre>\n`;
}

function levelOf(tag = "h1"): number {
  return Number(tag.slice(1));
}

function headingTag(tag: string | undefined): string {
  return `h${Math.min(6, levelOf(tag) + 2)}`;
}

function alignment(style: string | number | null | undefined): string {
  const side = /^text-align:(center|right)$/.exec(String(style ?? ""))?.[1];
  return side ? ` class="${side}"` : "";
}
