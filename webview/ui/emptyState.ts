import { html, nothing, type TemplateResult } from "lit";
import type { EmptyReason, QueueChoice, QueueString } from "../../src/protocol/queue.ts";
import type { Tools } from "./tools.ts";

const WORDS = {
  nothing: ["emptyNothing", "emptyNothingText"],
  finished: ["emptyFinished", "emptyFinishedText"],
  filtered: ["emptyFiltered", "emptyFilteredText"],
  claimed: ["emptyClaimed", "emptyClaimedText"],
} as const satisfies Record<EmptyReason, readonly [QueueString, QueueString]>;

/** Why the queue is empty, and where to go from here: `next` is the page's own offer, other queues come after it. */
export function emptyState(
  { why, others }: { readonly why: EmptyReason; readonly others: readonly QueueChoice[] },
  tools: Tools<QueueString>,
  next: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const { text, formats, act } = tools;
  const [heading, sentence] = WORDS[why];
  return html`
    <section class="empty">
      <h2>${text(heading)}</h2>
      <p class="quiet">${text(sentence)}</p>
      ${next}
      ${
        others.length === 0
          ? nothing
          : html`
            <h3>${text("otherQueues")}</h3>
            <ul class="other-queues">
              ${others.map(
                ({ id, name, count }) => html`
                  <li><vscode-button appearance="secondary" @click=${() => act("lion.queue.choose", id)}>
                    ${text("queueCount", name, formats.whole(count))}</vscode-button></li>`,
              )}
            </ul>`
      }
    </section>`;
}

/** No project, or one that cannot be used, with the reason. */
export function noProjectState(problem: string | null, { text }: Tools<QueueString>): TemplateResult {
  return html`
    <section class="empty">
      <h1>${text("noProject")}</h1>
      <p class="quiet">${problem ?? text("noProjectText")}</p>
    </section>`;
}
