import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { TauPreview } from "../../src/protocol/compare.ts";
import type { CompareTools } from "./compareTools.ts";
import { Latest } from "./latest.ts";
import { placeOnScale, previewSentences } from "./verdictWords.ts";

/** The slider's step and end, in points. */
const STEP = 0.05;
const MOST = 9;

/** What the element asks the editor. */
export interface TauCalls {
  /** Reads only; null is the saved τ. */
  readonly preview: (iteration: number, tau: number | null) => Promise<TauPreview>;
  readonly save: (iteration: number, tau: number) => Promise<TauPreview>;
}

/**
 * τ as a slider under the gaps of everything rated. Dragging it shows what it would make of them, and changes nothing until
 * it is saved.
 */
export class TauElement extends LitElement {
  static override properties = {
    iteration: { attribute: false },
    gap: { attribute: false },
    tools: { attribute: false },
    calls: { attribute: false },
    value: { state: true },
    preview: { state: true },
    problem: { state: true },
  };
  declare iteration: number;
  /** The gap of the item on screen; null where it has none. */
  declare gap: number | null;
  declare tools: CompareTools | null;
  declare calls: TauCalls | null;
  /** What the slider is at; null until somebody has moved it. */
  declare value: number | null;
  declare preview: TauPreview | null;
  declare problem: string | null;
  readonly #latest = new Latest<number | null, TauPreview | null>(
    async (tau) => (await this.calls?.preview(this.iteration, tau)) ?? null,
    (preview) => {
      if (preview?.iteration === this.iteration) {
        this.preview = preview;
        this.problem = null;
      }
    },
    (error) => this.#fail(error),
  );

  constructor() {
    super();
    this.iteration = 0;
    this.gap = null;
    this.tools = null;
    this.calls = null;
    this.value = null;
    this.preview = null;
    this.problem = null;
  }

  /** Moves the focus to the slider. */
  focusSlider(): void {
    this.querySelector("input")?.focus();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("iteration") && this.iteration > 0) {
      this.value = null;
      this.preview = null;
      void this.#latest.want(null);
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { tools, preview, problem } = this;
    if (!tools) {
      return nothing;
    }
    const { text, formats } = tools;
    const tau = this.value ?? preview?.saved ?? 0;
    const isChanged = preview !== null && this.value !== null && this.value !== preview.saved;
    return html`
      <section class="card tau ${preview === null ? "counting" : ""}" aria-labelledby="tau-title">
        <header class="card-head">
          <h2 id="tau-title">${text("tauTitle")}</h2>
          <strong class="tau-value">${text("tauValue", formats.tick(tau))}</strong>
        </header>
        <div class="gaps" dir="ltr">
          <div class="bars" aria-hidden="true">${preview ? bars(preview, tau) : nothing}</div>
          <span class="limit" style="left: ${placeOnScale(tau).toFixed(2)}%"></span>
          ${this.gap === null ? nothing : html`<span class="mean" style="left: ${placeOnScale(this.gap).toFixed(2)}%"></span>`}
          <div class="axis" aria-hidden="true"><span>−9</span><span>0</span><span>9</span></div>
          <input type="range" min="0" max=${MOST} step=${STEP} .value=${String(tau)} aria-label=${text("tauLabel")}
            aria-valuetext=${text("tauValue", formats.tick(tau))} aria-keyshortcuts=${tools.keyOf("lion.compare.tau") ?? nothing}
            ?disabled=${preview === null} @input=${this.#moved} />
        </div>
        <p class="counts" role="status">${preview === null ? text("tauLoading") : this.#sentences(preview, tau, tools).join("; ")}</p>
        ${preview ? html`<p class="quiet small">${text(isChanged ? "tauChanged" : "tauSaved", formats.tick(preview.saved), formats.tick(preview.frozen))}</p>` : nothing}
        ${problem === null ? nothing : html`<p class="doubt" role="alert">${text("tauFailed", problem)}</p>`}
        <div class="action-group">
          <vscode-button class="action" ?disabled=${!isChanged} @click=${() => void this.#save(tau)}>${text("tauSave")}</vscode-button>
          <vscode-button class="action" appearance="secondary" ?disabled=${!isChanged} @click=${this.#reset}>${text("tauReset")}</vscode-button>
        </div>
      </section>`;
  }

  #sentences(preview: TauPreview, tau: number, tools: CompareTools): string[] {
    const own = this.gap === null ? [] : [tools.text(this.gap >= tau ? "tauThisHard" : "tauThisEasy")];
    return [...previewSentences(preview, tools), ...own];
  }

  readonly #moved = (event: Event): void => {
    if (event.currentTarget instanceof HTMLInputElement) {
      this.value = Math.round(Number(event.currentTarget.value) / STEP) / Math.round(1 / STEP);
      void this.#latest.want(this.value);
    }
  };

  readonly #reset = (): void => {
    this.value = null;
    void this.#latest.want(null);
  };

  async #save(tau: number): Promise<void> {
    try {
      const preview = await this.calls?.save(this.iteration, tau);
      if (preview?.iteration === this.iteration) {
        this.preview = preview;
        this.value = null;
        this.problem = null;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.problem = error instanceof Error ? error.message : String(error);
  }
}

/** How many verdicts have which gap; those from τ on are filled, the others are outlined. */
function bars({ bins }: TauPreview, tau: number): TemplateResult[] {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => {
      const left = placeOnScale(from);
      const size = `left: ${left.toFixed(2)}%; width: ${(placeOnScale(to) - left).toFixed(2)}%; height: ${((100 * count) / most).toFixed(1)}%`;
      return html`<span class=${(from + to) / 2 >= tau ? "hard" : ""} style=${size}></span>`;
    });
}
