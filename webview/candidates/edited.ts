import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { CandidateItem } from "../../src/protocol/candidates.ts";
import { seenText } from "../ui/seenText.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { type Piece, piecesOf } from "./wordChanges.ts";

/** What a person's edit took out of the candidate and put into it. */
export function editedTemplate(item: CandidateItem, tools: CandidateTools): TemplateResult | typeof nothing {
  const { editedFrom, turns, input } = item;
  const { text, open } = tools;
  if (editedFrom === null) {
    return nothing;
  }
  const now = turns.findLast(({ role }) => role === "user")?.text.head ?? "";
  const inputs: readonly [string, string] = [editedFrom.input?.head ?? "", input?.head ?? ""];
  return html`
    <section class="part edited" aria-labelledby="edited-title">
      <header class="part-head">
        <h2 id="edited-title">${text("editedTitle")}</h2>
        <button type="button" class="link" @click=${() => open(editedFrom.instructionId)}>
          ${text("editedFrom", `#${editedFrom.instructionId}`)}</button>
      </header>
      <div class="changes" dir="auto">${changesTemplate(editedFrom.instruction.head, now)}</div>
      ${
        inputs[0] === inputs[1]
          ? nothing
          : html`
            <h3>${text("input")}</h3>
            <div class="changes" dir="auto">${changesTemplate(...inputs)}</div>`
      }
    </section>`;
}

/** Looked for once for each pair of texts: it may take a while. */
function changesTemplate(before: string, after: string): unknown {
  return guard([before, after], () => piecesOf(before, after).map(pieceTemplate));
}

function pieceTemplate({ text, change }: Piece): TemplateResult {
  switch (change) {
    case "added":
      return html`<ins>${seenText(text)}</ins>`;
    case "removed":
      return html`<del>${seenText(text)}</del>`;
    case null:
      return html`${seenText(text)}`;
  }
}
