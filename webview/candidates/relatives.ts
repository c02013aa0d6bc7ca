import { html, nothing, type TemplateResult } from "lit";
import type { CandidateItem, Neighbour } from "../../src/protocol/candidates.ts";
import type { LongText } from "../../src/protocol/queue.ts";
import { seenText } from "../ui/seenText.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { scaleTemplate } from "./scale.ts";
import { NEIGHBOUR_PART } from "./sharedMarks.ts";
import { textTemplate } from "./texts.ts";

/** The instruction that the candidate is most like, and how much. */
export function neighbourTemplate(neighbour: Neighbour | null, tools: CandidateTools): TemplateResult {
  const { text } = tools;
  return html`
    <section class="part neighbour" aria-labelledby="neighbour-title">
      <header class="part-head">
        <h2 id="neighbour-title">${text("neighbourTitle")}</h2>
        ${neighbour === null ? nothing : openButton(neighbour.instructionId, tools)}
      </header>
      ${neighbour === null ? html`<p class="quiet">${text("neighbourNone")}</p>` : neighbourBody(neighbour, tools)}
    </section>`;
}

function neighbourBody(neighbour: Neighbour, tools: CandidateTools): TemplateResult {
  const { text, formats } = tools;
  const { score, limit, where, state, whole } = neighbour;
  const close = score >= limit;
  const place = where === "cache" ? "inCache" : where === "candidate" ? "inCandidates" : "inEvaluation";
  return html`
    <p class="score-line">
      <strong class="score ${close ? "warn" : ""}">${formats.score(score)}</strong>
      ${scaleTemplate({ value: score, limit })}
      <span class=${close ? "" : "quiet"}>
        ${text(close ? "neighbourTooClose" : "neighbourScore", formats.score(limit))}</span>
      <span class="where ${where === "cache" ? "quiet" : ""}">${text(place)}${state === "" ? "" : ` · ${state}`}</span>
    </p>
    ${relativeText(whole, tools, NEIGHBOUR_PART)}`;
}

/** The instruction that it was made from. */
export function parentTemplate(parent: CandidateItem["parent"], tools: CandidateTools): TemplateResult {
  const { text } = tools;
  return html`
    <section class="part parent" aria-labelledby="parent-title">
      <header class="part-head">
        <h2 id="parent-title">${text("parentTitle")}</h2>
        ${parent === null || parent.state === "" ? nothing : html`<span class="quiet">${parent.state}</span>`}
        ${parent === null ? nothing : openButton(parent.instructionId, tools)}
      </header>
      ${
        parent === null
          ? html`<p class="quiet">${text("parentNone")}</p>`
          : html`
            ${relativeText(parent.whole, tools)}
            ${parent.input === null ? nothing : html`<h3>${text("input")}</h3>${relativeText(parent.input, tools)}`}`
      }
    </section>`;
}

/** Others like this one that wait or were filtered. */
export function duplicatesTemplate(
  duplicates: CandidateItem["duplicates"],
  tools: CandidateTools,
): TemplateResult | typeof nothing {
  const { text, formats } = tools;
  return duplicates.length === 0
    ? nothing
    : html`
      <section class="part duplicates" aria-labelledby="duplicates-title">
        <header class="part-head">
          <h2 id="duplicates-title">${text("duplicatesTitle")}</h2>
          <span class="quiet">${formats.whole(duplicates.length)}</span>
        </header>
        <ul>
          ${duplicates.map(
            ({ instructionId, text: beginning, state, score }) => html`
              <li data-vscode-context=${relativeContext(instructionId)}>
                <span class="score">${formats.score(score)}</span>
                <span class="beginning" dir="auto">${seenText(beginning)}</span>
                <span class="quiet">${state}</span>
                ${openButton(instructionId, tools)}
              </li>`,
          )}
        </ul>
      </section>`;
}

/** A relative's text, its beginning only until whole texts are wanted. */
function relativeText(whole: LongText, tools: CandidateTools, part = ""): TemplateResult {
  return html`
    <div class="relative-text ${tools.display.details ? "" : "clamped"}">${textTemplate(whole, tools, { part })}</div>`;
}

function openButton(instructionId: number, { text, open }: CandidateTools): TemplateResult {
  return html`
    <button type="button" class="link" data-vscode-context=${relativeContext(instructionId)}
      aria-label=${text("openNumber", `#${instructionId}`)} @click=${() => open(instructionId)}>
      #${instructionId}</button>`;
}

/** What the editor's context menu on a relative is about. */
function relativeContext(instructionId: number): string {
  return JSON.stringify({ webviewSection: "relative", instructionId, preventDefaultContextMenuItems: false });
}
