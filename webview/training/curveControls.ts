import { html, nothing, type TemplateResult } from "lit";
import type { RunAxis } from "../../src/protocol/training.ts";
import { chosenIn } from "../ui/toolkit.ts";
import type { Wording } from "./wording.ts";

/** How curves are drawn. */
export interface CurveOptions {
  readonly axis: RunAxis;
  readonly smoothing: number;
  readonly log: boolean;
}

const AXES = [
  ["step", "axisStep"],
  ["tokens", "axisTokens"],
  ["seconds", "axisSeconds"],
] as const;
/** Weights that the slider's places stand for: each about doubles how far back it reaches. */
const WEIGHTS = [0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99];

/** What is chosen for all charts together. */
export function curveControls(
  { axis, smoothing, log }: CurveOptions,
  change: (changes: Partial<CurveOptions>) => void,
  wording: Wording,
): TemplateResult {
  const { text, formats } = wording;
  const chosen = Math.max(
    0,
    WEIGHTS.findLastIndex((weight) => weight <= smoothing),
  );
  const words = smoothing === 0 ? text("smoothingOff") : formats.significant(smoothing);
  return html`
    <div class="controls">
      <div class="control">
        <span id="axis-label">${text("axis")}</span>
        <vscode-dropdown aria-labelledby="axis-label" aria-label=${text("axis")} .value=${axis}
          @change=${(event: Event) => {
            const value = chosenIn(event);
            const found = AXES.find(([one]) => one === value)?.[0];
            if (found && found !== axis) {
              change({ axis: found });
            }
          }}>
          ${AXES.map(([value, name]) => html`<vscode-option value=${value} ?selected=${value === axis}>${text(name)}</vscode-option>`)}
        </vscode-dropdown>
      </div>
      <label class="control">
        <span>${text("smoothing")}</span>
        <input type="range" min="0" max=${WEIGHTS.length - 1} step="1" .value=${String(chosen)} aria-valuetext=${words}
          @input=${(event: Event) => {
            const { currentTarget } = event;
            if (currentTarget instanceof HTMLInputElement) {
              change({ smoothing: WEIGHTS[Number(currentTarget.value)] ?? 0 });
            }
          }}>
        <output aria-hidden="true">${words}</output>
      </label>
      <label class="control">
        <input type="checkbox" .checked=${log} @change=${() => change({ log: !log })}>
        <span>${text("logScale")}</span>
      </label>
    </div>`;
}

/** The way back from a part of the axis, and why not every step is drawn. */
export function rangeLine(
  { isPart, thinned }: { readonly isPart: boolean; readonly thinned: number | null },
  showAll: () => void,
  { text, formats }: Wording,
): TemplateResult | typeof nothing {
  return !isPart && thinned === null
    ? nothing
    : html`
      <div class="range-line">
        ${isPart ? html`<vscode-button appearance="secondary" @click=${showAll}>${text("wholeRange")}</vscode-button>` : nothing}
        ${thinned === null ? nothing : html`<span class="quiet">${text("thinned", formats.whole(thinned))}</span>`}
      </div>`;
}
