import { html, nothing, type TemplateResult } from "lit";
import type { DashboardTarget } from "../../src/protocol/dashboard.ts";
import type { Card, OutlookCard } from "./cards.ts";

export function outlookTemplate({ heading, sentence, tone }: OutlookCard): TemplateResult {
  return html`
    <div class="card outlook tone-${tone}">
      <h2>${heading}</h2>
      <p class="note">${sentence}</p>
    </div>`;
}

/** A figure that leads to its rows. */
export function cardTemplate(
  { heading, value, note, title, target }: Card,
  reveal: (target: DashboardTarget) => void,
): TemplateResult {
  return html`
    <div class="card">
      <h2>${heading}</h2>
      <p class="value">
        <button type="button" class="link" title=${title ?? nothing} @click=${() => reveal(target)}>${value}</button>
      </p>
      <p class="note">${note}</p>
    </div>`;
}
