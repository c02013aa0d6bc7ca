import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import type { DashboardTarget } from "../../src/protocol/dashboard.ts";
import { tableTemplate } from "../ui/table.ts";
import { draw } from "./charts/draw.ts";
import type { Chart, Key, Marker } from "./charts/kinds.ts";
import type { Figure, Wording } from "./figure.ts";

const MARKERS: Readonly<Record<Marker, string>> = {
  circle: "M14 6a4 4 0 1 0-8 0a4 4 0 1 0 8 0",
  square: "M6.5 2.5h7v7h-7z",
  triangle: "M10 1.5l4.5 8h-9z",
  diamond: "M10 1l4 5l-4 5l-4-5z",
};

/** Pixels below which two charts of a figure stand under each other. */
const NARROWEST_CHART = 270;
const CHART_GAP = 20;

/**
 * A figure: title, legend, pictures, caption, and the table with the same figures. The table is always there for screen
 * readers and for the keyboard; the button only shows and hides it.
 */
export class FigureElement extends LitElement {
  static override properties = {
    figure: { attribute: false },
    wording: { attribute: false },
    tableShown: { attribute: false },
    chooser: { attribute: false },
    width: { state: true },
  };
  declare figure: Figure | null;
  declare wording: Wording | null;
  declare tableShown: boolean;
  declare chooser: TemplateResult | typeof nothing;
  declare width: number;
  readonly #observer = new ResizeObserver((entries) => {
    // A pixel or two come and go with the scroll bar; redrawing for them would never end.
    const width = Math.floor(entries[0]?.contentRect.width ?? 0);
    if (Math.abs(width - this.width) > 2) {
      this.width = width;
    }
  });

  constructor() {
    super();
    this.figure = null;
    this.wording = null;
    this.tableShown = false;
    this.chooser = nothing;
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  /** In the page's own tree, so that its styles, its patterns and the editor's search reach the figure. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { figure, wording } = this;
    if (!figure || !wording) {
      return nothing;
    }
    return html`
      <section aria-labelledby="${figure.id}-title">
        <header class="figure-head">
          <h2 class="figure-title" id="${figure.id}-title">${figure.title}</h2>
          ${this.chooser}
          ${figure.tables.length === 0 ? nothing : this.#toggle(figure, wording)}
        </header>
        ${this.#legend(figure)}
        <div class="charts">
          ${figure.charts.map(
            ({ heading }) => html`
              <div>
                ${heading ? html`<h3>${heading}</h3>` : nothing}
                <div class="chart" aria-hidden="true"></div>
              </div>`,
          )}
        </div>
        <p class="caption">${figure.caption}</p>
        <div id="${figure.id}-table" class="table ${this.tableShown ? "" : "unseen"}">
          ${figure.tables.map((table) => tableTemplate(table, (target) => this.#reveal(target)))}
        </div>
      </section>`;
  }

  #toggle(figure: Figure, { text }: Wording): TemplateResult {
    const label = text(this.tableShown ? "hideTable" : "showTable");
    return html`
      <button type="button" class="toggle" aria-expanded=${this.tableShown} aria-controls="${figure.id}-table"
        aria-label=${text("tableOf", label, figure.title)}
        @click=${() => this.dispatchEvent(new CustomEvent("toggle-table"))}>
        ${label}
      </button>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.figure && this.width > 0 && (changed.has("figure") || changed.has("width"))) {
      this.#drawAll(this.figure);
    }
  }

  #drawAll({ charts }: Figure): void {
    const room = this.querySelector(".charts")?.clientWidth ?? this.width;
    const columns = Math.max(
      1,
      Math.min(charts.length, Math.floor((room + CHART_GAP) / (NARROWEST_CHART + CHART_GAP))),
    );
    // Four charts look better in two rows of two than in a row of three and one that is left over.
    const balanced = Math.ceil(charts.length / Math.ceil(charts.length / columns));
    const width = Math.floor((room - (balanced - 1) * CHART_GAP) / balanced);
    this.style.setProperty("--lion-columns", String(balanced));
    for (const [index, place] of [...this.querySelectorAll(".chart")].entries()) {
      const chart = charts[index]?.chart;
      if (chart) {
        place.replaceChildren(draw(chart, { width, reveal: (target) => this.#reveal(target) }));
      }
    }
  }

  #legend({ charts }: Figure): TemplateResult | typeof nothing {
    const chart = charts[0]?.chart;
    const entries = chart ? legendOf(chart) : [];
    return entries.length < 2 ? nothing : html`<div class="legend" aria-hidden="true">${entries}</div>`;
  }

  #reveal(target: DashboardTarget): void {
    this.dispatchEvent(new CustomEvent("reveal-rows", { detail: target }));
  }
}

function legendOf(chart: Chart): TemplateResult[] {
  return chart.kind === "series"
    ? chart.series
        .filter(({ points }) => points.length > 0)
        .map(
          ({ label, colour, marker, dashed }) => html`
            <span><svg width="20" height="12">${svg`
              <path d="M0 6H20" stroke=${colour} stroke-width="2" stroke-dasharray=${dashed ? "5 4" : "none"} />
              <path d=${MARKERS[marker]} fill=${colour} />`}</svg>${label}</span>`,
        )
    : chart.keys.map(
        ({ label, fill }: Key) => html`
        <span><svg width="14" height="12">${svg`
          <rect class="swatch" x="0.5" y="0.5" width="13" height="11" fill=${fill} />`}</svg>${label}</span>`,
      );
}
