import { html, nothing, type TemplateResult } from "lit";
import type { CompareItem } from "../../src/protocol/compare.ts";
import { actionButton } from "../ui/actions.ts";
import { seenText } from "../ui/seenText.ts";
import { standingTemplate, suggestionsTemplate } from "../ui/standing.ts";
import { answersTemplate } from "./answers.ts";
import { switchesOf } from "./compareActions.ts";
import type { CompareTools } from "./compareTools.ts";
import { historyTemplate } from "./history.ts";
import { instructionTemplate } from "./instruction.ts";
import { lineageTemplate } from "./lineage.ts";
import { refereeTemplate, verdictTemplate } from "./referee.ts";
import type { TauCalls } from "./tauElement.ts";

/** A comparison: what was asked and both answers in the reading column, what the referee made of them beside it. */
export function comparisonTemplate(
  item: CompareItem,
  tools: CompareTools,
  {
    form,
    calls,
    isMarkable,
  }: {
    readonly form: TemplateResult | typeof nothing;
    readonly calls: TauCalls;
    /** Whether the answers' differences can be marked. */
    readonly isMarkable: boolean;
  },
): TemplateResult {
  const { referee, history, iteration, lineage, blind } = item;
  return html`
    <article class="comparison" data-vscode-context=${contextOf(item)}>
      <div class="reading">
        ${headTemplate(item, tools)}
        ${instructionTemplate(item, tools)}
        ${judgedTemplate(item, tools)}
        ${tools.display.marks && !isMarkable ? html`<p class="quiet small">${tools.text("marksTooLong")}</p>` : nothing}
        ${answersTemplate(item, tools, form)}
      </div>
      <aside class="evidence" aria-label=${tools.text("refereeTitle")}>
        ${referee === null ? nothing : refereeTemplate(referee, tools)}
        ${blind ? nothing : html`<lion-tau .iteration=${iteration} .gap=${referee?.gap ?? null} .tools=${tools} .calls=${calls}></lion-tau>`}
        ${blind || referee === null ? nothing : historyTemplate(history, referee.tau, tools)}
        ${lineageTemplate(lineage, tools)}
      </aside>
    </article>`;
}

function headTemplate(item: CompareItem, tools: CompareTools): TemplateResult {
  const { text, formats } = tools;
  const { instructionId, iteration, excluded, disputed, blind } = item;
  return html`
    <header class="comparison-head">
      <h2>${text("title", `#${instructionId}`)}</h2>
      <span class="quiet">${text("iteration", formats.whole(iteration))}</span>
      ${disputed ? html`<span class="flag">${text("disputed")}</span>` : nothing}
      <span class="grow"></span>
      <div class="action-group" role="group" aria-label=${text("showTools")}>
        ${switchesOf(tools, blind).map((action) => actionButton(action, tools))}
      </div>
      ${excluded === null ? nothing : html`<p class="banner warning">${seenText(text("excluded", excluded))}</p>`}
    </header>`;
}

/** The verdict, what has been decided about it, and what is proposed; or that all of it is hidden. */
function judgedTemplate(item: CompareItem, tools: CompareTools): TemplateResult {
  const { blind, referee, standing, suggestions } = item;
  return html`
    <section class="judged" aria-label=${tools.text("decisionTitle")}>
      ${blind ? html`<p class="verdict sentence-only">${tools.text("blindText")}</p>` : nothing}
      ${referee === null ? nothing : verdictTemplate(referee, tools)}
      ${standingTemplate(standing, tools)} ${suggestionsTemplate(suggestions, tools)}
    </section>`;
}

/** What the editor's context menu on the comparison is about. */
function contextOf({ instructionId, iteration, blind }: CompareItem): string {
  return JSON.stringify({
    webviewSection: "comparison",
    instructionId,
    iteration,
    blind,
    preventDefaultContextMenuItems: false,
  });
}
