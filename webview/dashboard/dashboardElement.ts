import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type {
  DashboardAction,
  DashboardFigures,
  DashboardHostCalls,
  DashboardString,
  DashboardTarget,
  DashboardView,
  DashboardWebviewCalls,
} from "../../src/protocol/dashboard.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import { Formats } from "../ui/format.ts";
import { OnceMore } from "../ui/onceMore.ts";
import { failedState, noProjectState, waitingState, wordlessState } from "../ui/pageStates.ts";
import { patternsTemplate } from "../ui/patterns.ts";
import { chosenIn } from "../ui/toolkit.ts";
import { agreementFigure } from "./agreement.ts";
import { approvalFigure, poolsFigure, useFigure } from "./amounts.ts";
import { lengthsFigure, refereeFigure } from "./answers.ts";
import { cardsOf, outlookCard } from "./cards.ts";
import { cardTemplate, outlookTemplate } from "./cardTemplates.ts";
import { type Figure, type MakeFigure, type Wording, wordingOf } from "./figure.ts";
import { gapsFigure } from "./gaps.ts";
import { exactMatchFigure, learningFigure } from "./learning.ts";
import { type PageState, readState, writeState } from "./pageState.ts";

export type DashboardPeer = MessageHandler<DashboardHostCalls, DashboardWebviewCalls>;

const FIGURES: readonly MakeFigure[] = [
  learningFigure,
  gapsFigure,
  approvalFigure,
  agreementFigure,
  poolsFigure,
  exactMatchFigure,
  useFigure,
  lengthsFigure,
  refereeFigure,
];

/** The dashboard: loads the figures, shows them, and loads them again when the editor says that they changed. */
export class DashboardElement extends LitElement {
  static override properties = {
    wording: { state: true },
    view: { state: true },
    problem: { state: true },
    page: { state: true },
  };
  declare wording: Wording | null;
  declare view: DashboardView | null;
  declare problem: string | null;
  declare page: PageState;
  peer: DashboardPeer | null = null;
  readonly #loading = new OnceMore(() => this.#loadOnce());
  /** Made once for each view: a new figure is drawn anew. */
  #made: readonly Figure[] = [];

  constructor() {
    super();
    this.wording = null;
    this.view = null;
    this.problem = null;
    this.page = readState();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Asks for the texts and the figures. */
  async start(peer: DashboardPeer): Promise<void> {
    this.peer = peer;
    try {
      const { strings, language } = await peer.request("hello", null);
      document.documentElement.lang = language;
      this.wording = wordingOf(strings, new Formats(language));
    } catch (error) {
      this.problem = String(error);
      return;
    }
    await this.load();
    await this.updateComplete;
    window.scrollTo({ top: this.page.scroll });
    window.addEventListener("scroll", () => writeState({ ...this.page, scroll: window.scrollY }), { passive: true });
  }

  /** Loads the figures; while that is under way, another call makes it load once more afterwards. */
  async load(): Promise<void> {
    try {
      if (await this.#loading.run()) {
        this.problem = null;
      }
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  async #loadOnce(): Promise<void> {
    const view = await this.peer?.request("load", { iteration: this.page.iteration });
    if (view && JSON.stringify(view) !== JSON.stringify(this.view)) {
      this.view = view;
    }
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { view, wording } = this;
    if (changed.has("view") && view?.state === "figures" && wording) {
      this.#made = FIGURES.map((make) => make(view.figures, wording)).filter((figure) => figure !== null);
    }
  }

  protected override render(): TemplateResult {
    const { wording, view, problem } = this;
    if (!wording) {
      return wordlessState(problem);
    }
    return html`
      ${patternsTemplate()}
      <main>
        ${problem === null ? nothing : this.#failure(wording, problem)}
        ${view === null ? waitingState(wording, problem) : this.#view(wording, view)}
      </main>`;
  }

  #failure(wording: Wording, problem: string): TemplateResult {
    const on = { retry: () => void this.load(), showLog: () => this.#act("showLog") };
    return failedState(wording.text("failed", problem), on, wording);
  }

  #view(wording: Wording, view: DashboardView): TemplateResult {
    const { text, formats } = wording;
    switch (view.state) {
      case "noProject":
        return noProjectState(view.problem, (action) => this.#act(action), wording);
      case "empty": {
        const [words, action, label]: [string, DashboardAction, DashboardString] =
          view.instructions === 0
            ? [text("emptyNoInstructions"), "import", "import"]
            : [text(view.running ? "emptyRunning" : "emptyText", formats.whole(view.instructions)), "run", "run"];
        return html`
          <div class="empty">
            <h1>${text("emptyTitle")}</h1>
            <p class="quiet">${words}</p>
            ${view.running ? nothing : html`<vscode-button @click=${() => this.#act(action)}>${text(label)}</vscode-button>`}
          </div>`;
      }
      case "figures":
        return this.#figures(wording, view.figures);
    }
  }

  #figures(wording: Wording, figures: DashboardFigures): TemplateResult {
    const { text, formats } = wording;
    return html`
      <header class="page-head">
        <h1>${text("title")}</h1>
        <p class="subtitle">${text("subtitle", figures.project, formats.whole(figures.iterations.at(-1)?.number ?? 0))}</p>
      </header>
      <section aria-label=${text("cards")}>
        ${outlookTemplate(outlookCard(figures, wording))}
        <div class="cards">
          ${cardsOf(figures, wording).map((card) => cardTemplate(card, (target) => this.#reveal(target)))}
        </div>
      </section>
      <div class="figures">
        ${this.#made.map(
          (figure) => html`
            <lion-figure class=${figure.span ?? nothing} .figure=${figure} .wording=${wording}
              .tableShown=${this.page.tables.includes(figure.id)}
              .chooser=${figure.choosesIteration ? this.#chooser(wording, figures) : nothing}
              @toggle-table=${() => this.#toggleTable(figure.id)}
              @reveal-rows=${(event: CustomEvent<DashboardTarget>) => this.#reveal(event.detail)}>
            </lion-figure>`,
        )}
      </div>`;
  }

  #chooser({ text, formats }: Wording, { iterations, histogram }: DashboardFigures): TemplateResult {
    const rated = iterations.filter(({ draw }) => draw.rated > 0);
    return html`
      <vscode-dropdown class="chooser" aria-label=${text("chooseIteration")} .value=${String(histogram?.iteration)}
        @change=${(event: Event) => this.#chooseIteration(chosenIn(event))}>
        ${rated.map(
          ({ number }) => html`<vscode-option value=${String(number)} ?selected=${number === histogram?.iteration}>
            ${text("iteration")} ${formats.whole(number)}</vscode-option>`,
        )}
      </vscode-dropdown>`;
  }

  #chooseIteration(value: string | null): void {
    const iteration = Number(value);
    const shown = this.view?.state === "figures" ? this.view.figures.histogram?.iteration : null;
    if (value !== null && Number.isInteger(iteration) && iteration !== shown) {
      this.#remember({ iteration });
      void this.load();
    }
  }

  #toggleTable(id: string): void {
    const { tables } = this.page;
    this.#remember({ tables: tables.includes(id) ? tables.filter((other) => other !== id) : [...tables, id] });
  }

  #remember(changes: Partial<PageState>): void {
    this.page = { ...this.page, ...changes, scroll: window.scrollY };
    writeState(this.page);
  }

  #reveal(target: DashboardTarget): void {
    this.peer?.tell("reveal", target);
  }

  #act(action: DashboardAction): void {
    this.peer?.tell("act", action);
  }
}
