import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { RunAxis, RunMetric } from "../../src/protocol/training.ts";
import { type Table, tableTemplate } from "../ui/table.ts";
import {
  type Columns,
  columnsOf,
  type DrawnRun,
  isMeasured,
  type Line,
  linesOf,
  movedBy,
  placesOf,
  stepAt,
  tablePlaces,
  valueAt,
} from "./curveModel.ts";
import { Plot } from "./plot.ts";
import { swatch } from "./styles.ts";
import { measured, placeText, placeTick, tick, type Wording } from "./wording.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** How all charts are drawn. */
export interface CurveView {
  readonly runs: readonly DrawnRun[];
  readonly axis: RunAxis;
  readonly log: boolean;
  readonly range: Range | null;
  /** Changes with the colours. */
  readonly theme: number;
}

const HEIGHT = 190;
/** Share of the places that the page keys move by. */
const PAGE = 0.1;
/** How much less of the axis is shown when somebody looks closer. */
const CLOSER = 0.5;

/**
 * One metric of the drawn trainings: their lines, the values at the place that all charts have in common, and a table. The
 * chart is a slider along the places, so that the arrow keys move it and a screen reader says what is there.
 *
 * Events: `place` (a place or null) and `range` (a `Range` or null).
 */
export class CurveElement extends LitElement {
  static override properties = {
    metric: { attribute: false },
    view: { attribute: false },
    place: { attribute: false },
    wording: { attribute: false },
    tableShown: { attribute: false },
    width: { state: true },
  };
  declare metric: RunMetric;
  declare view: CurveView | null;
  /** Where the crosshair is. */
  declare place: number | null;
  declare wording: Wording | null;
  declare tableShown: boolean;
  declare width: number;
  #plot: Plot | null = null;
  #places: readonly number[] = [];
  readonly #observer = new ResizeObserver(() => {
    // A pixel or two come and go with the scroll bar; redrawing for them would never end.
    const width = Math.floor(this.querySelector(".plot")?.clientWidth ?? 0);
    if (Math.abs(width - this.width) > 2) {
      this.width = width;
    }
  });

  constructor() {
    super();
    this.metric = "loss";
    this.view = null;
    this.place = null;
    this.wording = null;
    this.tableShown = false;
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** In the page's own tree, so that its styles reach the chart. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.view && (changed.has("view") || changed.has("metric"))) {
      this.#places = placesOf(this.metric, this.view.runs);
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { view, wording, metric } = this;
    if (!view || !wording) {
      return nothing;
    }
    const { text } = wording;
    const title = text(metric);
    if (!isMeasured(metric, view.runs)) {
      return html`
        <section aria-labelledby="${metric}-title">
          <h3 class="figure-title" id="${metric}-title">${title}</h3>
          <p class="quiet">${text(view.range ? "noneHere" : metric === "heldOut" ? "noHeldOut" : "noCurve")}</p>
        </section>`;
    }
    const label = text(this.tableShown ? "hideTable" : "showTable");
    return html`
      <section aria-labelledby="${metric}-title">
        <header class="figure-head">
          <h3 class="figure-title" id="${metric}-title">${title}</h3>
          <button type="button" class="toggle" aria-expanded=${this.tableShown} aria-controls="${metric}-table"
            aria-label=${text("tableOf", label, title)}
            @click=${() => this.dispatchEvent(new CustomEvent("toggle-table"))}>${label}</button>
        </header>
        ${this.#values(view, wording)}
        ${this.#slider(view, wording, title)}
        <div id="${metric}-table" class="table ${this.tableShown ? "" : "unseen"}" tabindex=${this.tableShown ? "0" : nothing}>
          ${tableTemplate(this.#table(view, wording), () => {})}
        </div>
      </section>`;
  }

  /** What all trainings have at the crosshair, or last. */
  #values(view: CurveView, wording: Wording): TemplateResult {
    return html`
      <p class="values" aria-hidden="true">
        <span class="place">${this.#placeText(view, wording)}</span>
        ${view.runs.map(
          (run) => html`<span class="value">${swatch(run.style)}<span class="run-name">${run.name}</span>
            <b>${this.#valueText(run, wording)}</b></span>`,
        )}
      </p>`;
  }

  #slider(view: CurveView, wording: Wording, title: string): TemplateResult {
    const { place } = this;
    const last = this.#places.length - 1;
    const at =
      place === null
        ? last
        : Math.max(
            0,
            this.#places.findIndex((one) => one >= place),
          );
    const values = view.runs.map((run) => wording.text("valueOf", `${run.name}:`, this.#valueText(run, wording)));
    return html`
      <div class="plot" role="slider" tabindex="0" aria-label=${wording.text("cursorName", title)}
        aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${at}
        aria-valuetext=${[this.#placeText(view, wording), ...values].join(", ")}
        @keydown=${(event: KeyboardEvent) => this.#press(event)}></div>`;
  }

  #placeText({ runs, axis }: CurveView, wording: Wording): string {
    const { place } = this;
    if (place === null) {
      return wording.text("latest");
    }
    const run = runs.find((one) => valueAt(this.metric, one, place) !== null);
    return placeText(axis, place, run ? stepAt(run, place) : null, wording);
  }

  #valueText(run: DrawnRun, wording: Wording): string {
    const value =
      this.place === null
        ? (run.curve.values[this.metric].findLast((one) => one !== null) ?? null)
        : valueAt(this.metric, run, this.place);
    return value === null ? wording.text("noValue") : measured(this.metric, value, wording);
  }

  #table({ runs, axis }: CurveView, wording: Wording): Table<never> {
    const { text } = wording;
    return {
      caption: text(this.metric),
      columns: [
        text(axis === "step" ? "axisStep" : axis === "tokens" ? "axisTokens" : "axisSeconds"),
        ...runs.map(({ name }) => name),
      ],
      rows: tablePlaces(this.#places).map((place) => [
        { text: placeText(axis, place, null, wording) },
        ...runs.map((run) => {
          const value = valueAt(this.metric, run, place);
          return { text: value === null ? text("noValue") : measured(this.metric, value, wording) };
        }),
      ]),
    };
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { view, wording } = this;
    const place = this.querySelector<HTMLElement>(".plot");
    this.classList.toggle("unmeasured", view !== null && !isMeasured(this.metric, view.runs));
    if (!view || !wording || !place) {
      this.#plot?.destroy();
      this.#plot = null;
      return;
    }
    if (this.width === 0) {
      this.width = Math.floor(place.clientWidth);
      return;
    }
    const lines = linesOf(this.metric, view.runs, view.log);
    const before = changed.get("view");
    if (!this.#plot || changed.has("wording") || (changed.has("view") && (!before || looksDifferent(before, view)))) {
      this.#draw(place, lines, columnsOf(lines));
    } else if (changed.has("view")) {
      this.#plot.setColumns(columnsOf(lines));
    }
    if (changed.has("width")) {
      this.#plot?.setWidth(this.width);
    }
    this.#plot?.moveTo(this.place);
  }

  #draw(place: HTMLElement, lines: readonly Line[], columns: Columns): void {
    const { view, wording, metric } = this;
    if (!view || !wording) {
      return;
    }
    this.#plot?.destroy();
    this.#plot = new Plot(
      place,
      { width: this.width, height: HEIGHT },
      {
        ...{ lines, columns, log: view.log, range: view.range, time: view.axis === "seconds" },
        tick: (value) => tick(metric, value, wording),
        placeTick: (value) => placeTick(view.axis, value, wording),
      },
      {
        onPlace: (value) => this.#tell("place", value),
        onRange: (range) => this.#tell("range", range),
      },
    );
  }

  /** Keys along the curve; what is none of them is left to the page and the editor. */
  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const page = Math.max(1, Math.round(this.#places.length * PAGE));
    const moves: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 },
      ...{ PageDown: -page, PageUp: page },
      ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
    };
    const by = moves[event.key];
    if (by !== undefined) {
      const moved = Number.isFinite(by)
        ? movedBy(this.#places, this.place ?? this.#places.at(-1) ?? null, event.shiftKey ? by * page : by)
        : ((by < 0 ? this.#places[0] : this.#places.at(-1)) ?? null);
      this.#tell("place", moved);
    } else if (event.key === "+" || event.key === "=") {
      this.#tell("range", this.#scaled(CLOSER));
    } else if (event.key === "-") {
      this.#tell("range", this.#scaled(1 / CLOSER));
    } else if (event.key === "0") {
      this.#tell("range", null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** The part of the axis around the crosshair that is shown when more or less of it is; null when it is all. */
  #scaled(by: number): Range | null {
    const [first, last] = [this.#places[0], this.#places.at(-1)];
    if (first === undefined || last === undefined) {
      return null;
    }
    const { from, to } = this.view?.range ?? { from: first, to: last };
    const middle = this.place ?? (from + to) / 2;
    const width = (to - from) * by;
    const begin = Math.min(Math.max(first, middle - width / 2), last - width);
    return width >= last - first ? null : { from: begin, to: begin + width };
  }

  #tell(kind: "place" | "range", detail: number | Range | null): void {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** Whether more than the values changed, so that the plot is made anew. */
function looksDifferent(before: CurveView, now: CurveView): boolean {
  const key = ({ runs, axis, log, range, theme }: CurveView): string =>
    JSON.stringify([runs.map(({ id, curve }) => [id, curve.smooth !== null]), axis, log, range, theme]);
  return key(before) !== key(now);
}
