import { html, nothing, type TemplateResult } from "lit";
import type { QueueString, StandingDecision } from "../../src/protocol/queue.ts";
import { actionButton } from "./actions.ts";
import { seenText } from "./seenText.ts";
import type { Tools } from "./tools.ts";

/** What has been decided and holds, newest last. */
export function standingTemplate(
  standing: readonly StandingDecision[],
  tools: Tools<QueueString>,
): TemplateResult | typeof nothing {
  const { text, formats } = tools;
  return standing.length === 0
    ? nothing
    : html`
      <section class="standing" aria-label=${text("standingTitle")}>
        <ul>
          ${standing.map(
            ({ actor, mine, text: what, note, at }) => html`
              <li class=${mine ? "mine" : ""}>
                ${seenText(mine ? text("decidedByMe", what, formats.moment(at)) : text("decidedBy", actor, what, formats.moment(at)))}
                ${noteTemplate(note, tools)}
              </li>`,
          )}
        </ul>
      </section>`;
}

/** What is proposed and waits for a person; the newest, which is the last, is the one that the key accepts. */
export function suggestionsTemplate(
  suggestions: readonly StandingDecision[],
  tools: Tools<QueueString>,
): TemplateResult | typeof nothing {
  return suggestions.length === 0
    ? nothing
    : html`
      ${suggestions.map(
        ({ decisionId, actor, text: what, note }, index) => html`
          <div class="suggestion">
            <p>${seenText(tools.text("suggestedBy", actor, what))} ${noteTemplate(note, tools)}</p>
            ${actionButton({ command: "lion.queue.accept", argument: decisionId, ...(index < suggestions.length - 1 && { key: "" }) }, tools)}
          </div>`,
      )}`;
}

function noteTemplate(note: string | null, { text }: Tools<QueueString>): TemplateResult | typeof nothing {
  return note === null || note === "" ? nothing : html`<q class="note">${seenText(text("noteOf", note))}</q>`;
}
