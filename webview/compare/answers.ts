import { html, nothing, type TemplateResult } from "lit";
import type { AnswerSide, CompareItem } from "../../src/protocol/compare.ts";
import { seenText } from "../ui/seenText.ts";
import { wordsText } from "../ui/tools.ts";
import type { CompareTools } from "./compareTools.ts";
import { textTemplate } from "./instruction.ts";

const FLAWS = { cut: "flawCut", empty: "flawEmpty", refused: "flawRefused" } as const;
const PLACES = ["left", "right"] as const;

/** Both answers, always at the same side. `form` stands in place of the teacher's while somebody corrects it. */
export function answersTemplate(
  { sides }: CompareItem,
  tools: CompareTools,
  form: TemplateResult | typeof nothing,
): TemplateResult {
  const formSide = Math.max(
    0,
    sides.findIndex(({ role }) => role === "teacher"),
  );
  return html`
    <div class="sides" role="group" aria-label=${tools.text("sides")}>
      ${sides.map((side, index) => sideTemplate(side, index, tools, index === formSide ? form : nothing))}
    </div>`;
}

function sideTemplate(
  { role, by, origin, flaw, words, text: answer }: AnswerSide,
  index: number,
  tools: CompareTools,
  form: TemplateResult | typeof nothing,
): TemplateResult {
  const { text } = tools;
  const place = PLACES[index] ?? "left";
  const made = origin === "person" || origin === "imported" ? [text(origin)] : [];
  return html`
    <section class="side" data-side=${place} aria-labelledby="side-${place}">
      <header class="side-head">
        <h2 id="side-${place}">${text(role ?? place)}</h2>
        <span class="quiet by">${by === null ? nothing : html`<bdi>${seenText(by)}</bdi>`} ${made}</span>
        <span class="quiet count">${wordsText(words, tools)}</span>
      </header>
      ${flaw === null ? nothing : html`<p class="banner warning"><strong aria-hidden="true">⚠</strong> ${text(FLAWS[flaw])}</p>`}
      ${form === nothing ? html`<div class="answer">${textTemplate(answer, tools)}</div>` : form}
    </section>`;
}
