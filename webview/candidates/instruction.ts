import { html, nothing, type TemplateResult } from "lit";
import type { CandidateItem } from "../../src/protocol/candidates.ts";
import type { LongText } from "../../src/protocol/queue.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { CANDIDATE_PART } from "./sharedMarks.ts";
import { textTemplate } from "./texts.ts";

/**
 * The candidate's own words, as the student will read them: plain, with every line where it is. Words shared with the
 * neighbour are marked in the last user turn, which is what the neighbour was found by.
 */
export function instructionTemplate(item: CandidateItem, tools: CandidateTools): TemplateResult {
  const { text } = tools;
  const { turns, input, system } = item;
  const last = turns.findLastIndex(({ role }) => role === "user");
  return html`
    <section class="instruction" aria-label=${text("fieldInstruction")}>
      ${system === null ? nothing : partTemplate(text("system"), system, tools)}
      ${turns.map(({ role, text: words }, index) =>
        turns.length === 1
          ? html`<div class="own-words">${textTemplate(words, tools, { part: CANDIDATE_PART })}</div>`
          : html`
            <h3>${text(role === "user" ? "turnUser" : "turnAssistant")}</h3>
            <div class="own-words ${role}">${textTemplate(words, tools, { part: index === last ? CANDIDATE_PART : "" })}</div>`,
      )}
      ${input === null ? nothing : partTemplate(text("input"), input, tools)}
    </section>`;
}

function partTemplate(heading: string, words: LongText, tools: CandidateTools): TemplateResult {
  return html`
    <h3>${heading}</h3>
    <div class="own-words beside">${textTemplate(words, tools)}</div>`;
}
