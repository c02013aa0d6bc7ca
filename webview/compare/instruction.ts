import { html, nothing, type TemplateResult } from "lit";
import type { CompareItem } from "../../src/protocol/compare.ts";
import type { LongText } from "../../src/protocol/queue.ts";
import type { CompareTools } from "./compareTools.ts";

/** What was asked: the turns, with the system's words before and the input after them. */
export function instructionTemplate({ turns, input, system }: CompareItem, tools: CompareTools): TemplateResult {
  const { text } = tools;
  return html`
    <section class="instruction" aria-label=${text("instructionTitle")} tabindex="0">
      ${system === null ? nothing : partTemplate(text("system"), system, tools)}
      ${turns.map(({ role, text: words }) =>
        turns.length === 1
          ? html`<div class="asked">${textTemplate(words, tools)}</div>`
          : partTemplate(text(role === "user" ? "turnUser" : "turnAssistant"), words, tools),
      )}
      ${input === null ? nothing : partTemplate(text("input"), input, tools)}
    </section>`;
}

/** A hostile text, as Markdown or as it is written. */
export function textTemplate(words: LongText, tools: CompareTools, plain = tools.display.plain): TemplateResult {
  return html`<lion-text .text=${words} .plain=${plain} .tools=${tools} .load=${tools.load}></lion-text>`;
}

function partTemplate(heading: string, words: LongText, tools: CompareTools): TemplateResult {
  return html`
    <div class="asked part-of">
      <h3>${heading}</h3>
      ${textTemplate(words, tools)}
    </div>`;
}
