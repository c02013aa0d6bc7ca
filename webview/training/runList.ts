import { html, nothing, type TemplateResult } from "lit";
import type { ListedRun } from "../../src/protocol/training.ts";
import { type RunStyle, swatch } from "./styles.ts";
import { nameOf, type Wording } from "./wording.ts";

export interface RunListActions {
  readonly choose: (id: string) => void;
  readonly toggle: (id: string) => void;
}

/** The trainings, newest first: which are drawn and how, and which one is looked at. */
export function runList(
  list: {
    readonly runs: readonly ListedRun[];
    readonly more: number;
    readonly chosen: string;
    readonly drawn: ReadonlySet<string>;
    readonly styles: ReadonlyMap<string, RunStyle>;
  },
  { choose, toggle }: RunListActions,
  wording: Wording,
): TemplateResult {
  const { text, formats } = wording;
  return html`
    <section class="card run-list" aria-labelledby="runs-title">
      <h2 id="runs-title">${text("runs")}</h2>
      <p class="quiet help">${text("runsHelp")}</p>
      <ul tabindex=${list.runs.length > 8 ? "0" : nothing} aria-labelledby="runs-title">
        ${list.runs.map((run) => {
          const name = nameOf(run, wording);
          const style = list.styles.get(run.id);
          return html`
            <li class=${run.id === list.chosen ? "current" : ""}>
              <label class="draw">
                <input type="checkbox" data-run=${run.id} .checked=${list.drawn.has(run.id)} aria-label=${text("draw", name)}
                  @change=${() => toggle(run.id)}>
                ${style ? swatch(style) : nothing}
              </label>
              <button type="button" class="run-name" aria-current=${run.id === list.chosen ? "true" : nothing}
                @click=${() => choose(run.id)}>
                <span>${name}</span> <span class="quiet">${stateText(run, wording)}</span>
              </button>
            </li>`;
        })}
      </ul>
      ${list.more === 0 ? nothing : html`<p class="quiet">${text("moreRuns", formats.whole(list.more))}</p>`}
    </section>`;
}

/** How a training stands in the fewest words. */
export function stateText({ state, progress }: ListedRun, { text, formats }: Wording): string {
  const works = state === "running" || state === "stopped";
  return works && progress && progress.total > 0
    ? text(
        "stateWithProgress",
        text(state),
        formats.percentTick(Math.floor((progress.done / progress.total) * 100) / 100),
      )
    : text(state);
}
