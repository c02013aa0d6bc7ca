import { html, type TemplateResult } from "lit";
import type { LongText } from "../../src/protocol/queue.ts";
import type { CandidateTools } from "./candidateTools.ts";

/**
 * A text on the page, as it is written or as Markdown.
 *
 * @param part names it for the marks of shared words.
 */
export function textTemplate(
  text: LongText,
  tools: CandidateTools,
  { plain = true, part = "" }: { readonly plain?: boolean; readonly part?: string } = {},
): TemplateResult {
  return html`
    <lion-text data-part=${part} .text=${text} .plain=${plain} .tools=${tools} .load=${tools.load}></lion-text>`;
}
