import { html, nothing, svg, type TemplateResult } from "lit";
import type { HistoryPoint } from "../../src/protocol/compare.ts";
import type { CompareTools } from "./compareTools.ts";
import { signedGap } from "./verdictWords.ts";

const WIDTH = 312;
const HEIGHT = 104;
const LEFT = 26;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 18;

/** The gap through the iterations, as a curve and as a table with the same figures. */
export function historyTemplate(history: readonly HistoryPoint[], tau: number, tools: CompareTools): TemplateResult {
  const { text } = tools;
  return html`
    <section class="card" aria-labelledby="history-title">
      <header class="card-head"><h2 id="history-title">${text("historyTitle")}</h2></header>
      ${history.length < 2 ? nothing : curve(history, tau, tools)}
      ${history.length < 2 ? html`<p class="quiet small">${text("historyNone")}</p>` : tableTemplate(history, tools)}
    </section>`;
}

/** Where points stand; a point without a gap has none. */
export function placesOf(
  history: readonly HistoryPoint[],
  tau: number,
): {
  readonly x: (index: number) => number;
  readonly y: (gap: number) => number;
} {
  const gaps = history.flatMap(({ gap }) => (gap === null ? [] : [gap]));
  const low = Math.min(0, -1, ...gaps);
  const high = Math.max(tau, 1, ...gaps);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, history.length - 1);
  return {
    x: (index) => LEFT + index * step,
    y: (gap) => TOP + ((high - gap) / (high - low)) * (HEIGHT - TOP - BOTTOM),
  };
}

function curve(history: readonly HistoryPoint[], tau: number, tools: CompareTools): TemplateResult {
  const { formats, text } = tools;
  const { x, y } = placesOf(history, tau);
  const points = history.flatMap((point, index) =>
    point.gap === null ? [] : [{ ...point, gap: point.gap, at: x(index) }],
  );
  const path = points
    .map(({ at, gap }, index) => `${index === 0 ? "M" : "L"}${at.toFixed(1)} ${y(gap).toFixed(1)}`)
    .join("");
  const line = (gap: number, kind: string, label: string): TemplateResult => svg`
    <line class=${kind} x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(gap)} y2=${y(gap)} />
    <text x=${LEFT - 5} y=${y(gap) + 3.5} text-anchor="end">${label}</text>`;
  return html`
    <svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true" focusable="false">
      ${line(0, "zero", "0")} ${line(tau, "limit", "τ")}
      <path d=${path} />
      ${points.map(
        ({ at, gap, iteration, studentVersion, isShown, override }) => svg`
          <circle class="${isShown ? "shown" : ""} ${override ? "overridden" : ""}" cx=${at} cy=${y(gap)} r=${isShown ? 5 : 3.5}>
            <title>${text("historyPoint", formats.whole(iteration), formats.whole(studentVersion), signedGap(gap, tools))}</title>
          </circle>`,
      )}
      ${history.map(({ iteration }, index) => svg`<text x=${x(index)} y=${HEIGHT - 4} text-anchor="middle">${formats.whole(iteration)}</text>`)}
    </svg>`;
}

function tableTemplate(history: readonly HistoryPoint[], tools: CompareTools): TemplateResult {
  const { text, formats } = tools;
  return html`
    <table class="history">
      <caption class="unseen">${text("historyTitle")}</caption>
      <thead>
        <tr>
          <th scope="col">${text("historyIteration")}</th><th scope="col">${text("student")}</th>
          <th scope="col">${text("gap")}</th><th scope="col">${text("verdict")}</th>
        </tr>
      </thead>
      <tbody>
        ${history.map(
          ({ iteration, scope, studentVersion, gap, override, isShown }) => html`
            <tr aria-current=${isShown ? "true" : nothing}>
              <th scope="row">${formats.whole(iteration)} <span class="quiet">${text(scope === "panel" ? "historyPanel" : "historyDraw")}</span></th>
              <td>v${formats.whole(studentVersion)}</td>
              <td>${signedGap(gap, tools)}</td>
              <td>${override === null ? (gap === null ? text("unscoredWord") : "") : text(override === "hard" ? "overriddenHard" : "overriddenEasy")}
                ${isShown ? html`<span class="quiet">${text("historyShown")}</span>` : nothing}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
