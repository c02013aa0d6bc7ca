import { html, nothing, type TemplateResult } from "lit";
import type { CandidateItem } from "../../src/protocol/candidates.ts";
import { type Action, actionButton } from "../ui/actions.ts";
import { seenText } from "../ui/seenText.ts";
import { standingTemplate, suggestionsTemplate } from "../ui/standing.ts";
import { wordsText } from "../ui/tools.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { checksTemplate } from "./checks.ts";
import { editedTemplate } from "./edited.ts";
import { instructionTemplate } from "./instruction.ts";
import { duplicatesTemplate, neighbourTemplate, parentTemplate } from "./relatives.ts";
import { teacherTemplate } from "./teacher.ts";

/**
 * A candidate: its text large and first, the teacher's answer under it; what it is like and where it is from beside them.
 *
 * @param form what stands in place of the text while somebody edits it.
 */
export function candidateTemplate(
  item: CandidateItem,
  tools: CandidateTools,
  form: TemplateResult | typeof nothing,
): TemplateResult {
  const checks = checksTemplate(item.checks, tools);
  const hasFailed = item.checks.some(({ passed }) => !passed);
  return html`
    <article class="candidate" data-vscode-context=${contextOf(item)}>
      <div class="reading">
        ${headTemplate(item, tools)}
        ${suggestionsTemplate(item.suggestions, tools)}
        ${form === nothing ? instructionTemplate(item, tools) : form}
        ${editedTemplate(item, tools)}
        ${teacherTemplate(item.teacher, tools)}
      </div>
      <aside class="evidence" aria-label=${tools.text("relatives")}>
        ${hasFailed ? checks : nothing}
        ${neighbourTemplate(item.neighbour, tools)}
        ${parentTemplate(item.parent, tools)}
        ${duplicatesTemplate(item.duplicates, tools)}
        ${hasFailed ? nothing : checks}
      </aside>
    </article>`;
}

/** What it is, in what state, and what has been decided; how it is shown can be switched here. */
function headTemplate(item: CandidateItem, tools: CandidateTools): TemplateResult {
  const { text, formats } = tools;
  const { instructionId, iteration, half, words, state, stateText, madeBy, trainedIn } = item;
  const facts = [
    text("iteration", formats.whole(iteration)),
    ...(half === null ? [] : [text(half === "hard" ? "halfHard" : "halfEasy")]),
    wordsText(words, tools),
  ];
  return html`
    <header class="candidate-head">
      <h2>${text("candidate", `#${instructionId}`)}</h2>
      <span class="state state-${state}">${stateText}</span>
      <span class="quiet">${facts.join(" · ")}</span>
      <span class="line-end"></span>
      <p class="made-by quiet">${seenText(madeBy)}</p>
      <div class="action-group" role="group" aria-label=${text("showTools")}>
        ${switches(tools).map((action) => actionButton(action, tools))}
      </div>
      ${trainedIn === null ? nothing : html`<p class="banner">${trainedIn}</p>`}
      ${standingTemplate(item.standing, tools)}
    </header>`;
}

function switches({ display }: CandidateTools): Array<Action<Parameters<CandidateTools["text"]>[0]>> {
  return [
    { command: "lion.queue.marks", pressed: display.marks, weight: "quiet" },
    { command: "lion.queue.details", pressed: display.details, weight: "quiet" },
    { command: "lion.queue.plain", pressed: display.plain, weight: "quiet" },
    { command: "lion.queue.diff", weight: "quiet" },
  ];
}

/** What the editor's context menu on the candidate is about. */
function contextOf({ instructionId, state }: CandidateItem): string {
  return JSON.stringify({
    webviewSection: "candidate",
    candidateState: state,
    instructionId,
    preventDefaultContextMenuItems: false,
  });
}
