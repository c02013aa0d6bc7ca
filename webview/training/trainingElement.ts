import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import type {
  ListedRun,
  RunCurve,
  RunLog,
  RunMetric,
  TrainingAction,
  TrainingHostCalls,
  TrainingPageCommand,
  TrainingView,
  TrainingWebviewCalls,
} from "../../src/protocol/training.ts";
import { Formats } from "../ui/format.ts";
import { failedState, noProjectState, waitingState, wordlessState } from "../ui/pageStates.ts";
import { curveControls, rangeLine } from "./curveControls.ts";
import type { CurveView, Range } from "./curveElement.ts";
import type { DrawnRun } from "./curveModel.ts";
import { emptyTraining } from "./emptyTraining.ts";
import { LogElement } from "./logElement.ts";
import { type PageState, readState, writeState } from "./pageState.ts";
import { runHeader } from "./runHeader.ts";
import { runList, stateText } from "./runList.ts";
import { type RunStyle, styleOf } from "./styles.ts";
import { TrainingClient, type Wanted } from "./trainingClient.ts";
import { nameOf, type Wording, wordingOf } from "./wording.ts";

export type TrainingPeer = MessageHandler<TrainingHostCalls, TrainingWebviewCalls>;

const METRICS: readonly RunMetric[] = ["loss", "heldOut", "rate", "norm", "speed"];

type Runs = Extract<TrainingView, { state: "runs" }>;

/** The training view: how the chosen training stands, the curves of all that are ticked, and the log. */
export class TrainingElement extends LitElement {
  static override properties = {
    wording: { state: true },
    view: { state: true },
    curves: { state: true },
    problem: { state: true },
    page: { state: true },
    range: { state: true },
    place: { state: true },
    theme: { state: true },
    said: { state: true },
  };
  declare wording: Wording | null;
  declare view: TrainingView | null;
  declare curves: ReadonlyMap<string, RunCurve>;
  declare problem: string | null;
  declare page: PageState;
  declare range: Range | null;
  declare place: number | null;
  /** Counts changes of the editor's colours. */
  declare theme: number;
  /** What is announced. */
  declare said: string;
  peer: TrainingPeer | null = null;
  #client: TrainingClient | null = null;
  /** Made when what is drawn changes, so that charts are not drawn for anything else. */
  #curveView: CurveView | null = null;

  constructor() {
    super();
    this.wording = null;
    this.view = null;
    this.curves = new Map();
    this.problem = null;
    this.page = readState();
    this.range = null;
    this.place = null;
    this.theme = 0;
    this.said = "";
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Asks for the texts, and from then on how things stand while the page is seen. */
  async start(peer: TrainingPeer): Promise<void> {
    this.peer = peer;
    try {
      const { strings, language, asked } = await peer.request("hello", null);
      document.documentElement.lang = language;
      this.wording = wordingOf(strings, new Formats(language));
      if (asked !== null) {
        this.#remember({ chosen: asked });
      }
    } catch (error) {
      this.problem = String(error);
      return;
    }
    this.#client = new TrainingClient(peer, {
      wanted: () => this.#wanted(),
      show: (view, curves) => this.#show(view, curves),
      showLog: (side, log) => this.#showLog(side, log),
      trouble: (problem) => {
        this.problem = problem;
      },
    });
    await this.#client.look();
    await this.updateComplete;
    window.scrollTo({ top: this.page.scroll });
    window.addEventListener("scroll", () => writeState({ ...this.page, scroll: window.scrollY }), { passive: true });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        void this.#client?.goOn();
      } else {
        this.#client?.pause();
      }
    });
    const recolour = new MutationObserver(() => {
      this.theme++;
    });
    recolour.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    recolour.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  /** The editor says that something is different. */
  changed(): void {
    void this.#client?.look();
  }

  /** Looks at another training. */
  choose(id: string): void {
    this.#remember({ chosen: id });
    void this.#client?.look();
  }

  /** Does what a key asks of the page. */
  command(command: TrainingPageCommand): void {
    if (command === "nextMetric") {
      const sliders = [...this.querySelectorAll<HTMLElement>("[role=slider]")];
      sliders[(sliders.indexOf(document.activeElement as HTMLElement) + 1) % sliders.length]?.focus();
    } else if (this.view?.state === "runs") {
      const focused = document.activeElement?.closest("li")?.querySelector<HTMLElement>("[data-run]")?.dataset.run;
      this.#toggle(focused ?? this.view.chosen.id);
    }
  }

  #wanted(): Wanted {
    const { chosen, drawn, axis, smoothing } = this.page;
    const { from = null, to = null } = this.range ?? {};
    return { chosen, drawn, curve: { axis, smoothing, from, to } };
  }

  #show(view: TrainingView, curves: ReadonlyMap<string, RunCurve>): void {
    this.#announce(view);
    this.view = view;
    this.curves = curves;
  }

  /** Says of the chosen training when its state has changed. */
  #announce(view: TrainingView): void {
    const before = this.view;
    if (this.wording && view.state === "runs" && before?.state === "runs" && before.chosen.id === view.chosen.id) {
      if (before.chosen.state !== view.chosen.state) {
        this.said = this.wording.text(
          "listed",
          nameOf(view.chosen, this.wording),
          stateText(view.chosen, this.wording),
        );
      }
    }
  }

  async #showLog(side: "last" | "before" | "after", { text, from }: RunLog): Promise<void> {
    await this.updateComplete;
    const log = this.querySelector("lion-log");
    if (log instanceof LogElement) {
      await log.updateComplete;
      if (side === "last") {
        log.begin(text, from > 0);
      } else if (side === "before") {
        log.addBefore(text, from > 0);
      } else {
        log.add(text);
      }
    }
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { view, wording, page, range, theme } = this;
    if (view?.state !== "runs" || !wording) {
      this.#curveView = null;
      return;
    }
    if ((["view", "curves", "page", "range", "theme", "wording"] as const).some((name) => changed.has(name))) {
      const next = { runs: this.#drawn(view, wording), axis: page.axis, log: page.log, range, theme };
      if (!this.#curveView || !isSame(this.#curveView, next)) {
        this.#curveView = next;
      }
    }
  }

  #drawn({ runs }: Runs, wording: Wording): DrawnRun[] {
    const styles = stylesOf(runs);
    return runs.flatMap((run) => {
      const curve = this.curves.get(run.id);
      const style = styles.get(run.id);
      return curve && style ? [{ id: run.id, name: nameOf(run, wording), style, curve }] : [];
    });
  }

  protected override render(): TemplateResult {
    const { wording, view, problem } = this;
    if (!wording) {
      return wordlessState(problem);
    }
    return html`
      <main>
        ${problem === null ? nothing : this.#failure(wording, problem)}
        ${view === null ? waitingState(wording, problem) : this.#view(wording, view)}
        <p class="unseen" role="status">${this.said}</p>
      </main>`;
  }

  #failure(wording: Wording, problem: string): TemplateResult {
    const on = { retry: () => void this.changed(), showLog: () => this.#act("showLog") };
    return failedState(wording.text("readFailed", problem), on, wording);
  }

  #view(wording: Wording, view: TrainingView): TemplateResult {
    const act = (action: TrainingAction): void => this.#act(action);
    switch (view.state) {
      case "noProject":
        return noProjectState(view.problem, act, wording);
      case "empty":
        return emptyTraining(view, act, wording);
      case "runs":
        return this.#runs(wording, view);
    }
  }

  #runs(wording: Wording, view: Runs): TemplateResult {
    const { text } = wording;
    const { runs, more, chosen } = view;
    return html`
      <header class="page-head">
        <h1>${text("title")}</h1>
        <p class="subtitle">${view.project}</p>
      </header>
      ${runHeader(chosen, wording)}
      <div class="columns">
        ${runList(
          { runs, more, chosen: chosen.id, drawn: new Set(view.drawn.map(({ id }) => id)), styles: stylesOf(runs) },
          { choose: (id) => this.choose(id), toggle: (id) => this.#toggle(id) },
          wording,
        )}
        ${this.#curves(wording)}
      </div>
      <section class="card log" aria-labelledby="log-title">
        <header class="figure-head">
          <h2 class="figure-title" id="log-title">${text("log")}</h2>
          <button type="button" class="toggle" @click=${() => this.#act("openLog")}>${text("openLog")}</button>
        </header>
        <lion-log .wording=${wording} .earlier=${() => this.#client?.earlier(chosen.id)}></lion-log>
      </section>`;
  }

  #curves(wording: Wording): TemplateResult {
    const view = this.#curveView;
    const { text } = wording;
    const hasSteps = view?.runs.some(({ curve }) => curve.x.length > 0) ?? false;
    const thinned =
      view?.runs.filter(({ curve }) => curve.count > curve.x.length).map(({ curve }) => curve.count) ?? [];
    return html`
      <section class="curves" aria-labelledby="curves-title">
        <header class="curves-head">
          <h2 id="curves-title">${text("curves")}</h2>
          ${curveControls(this.page, (changes) => this.#changeCurves(changes), wording)}
        </header>
        ${rangeLine(
          { isPart: this.range !== null, thinned: thinned.length > 0 ? Math.max(...thinned) : null },
          () => this.#showRange(null),
          wording,
        )}
        ${
          hasSteps
            ? html`
              <div class="charts">
                ${METRICS.map(
                  (metric) => html`
                    <lion-curve class="card ${metric}" .metric=${metric} .view=${view} .place=${this.place} .wording=${wording}
                      .tableShown=${this.page.tables.includes(metric)}
                      @toggle-table=${() => this.#toggleTable(metric)}
                      @place=${(event: CustomEvent<number | null>) => {
                        this.place = event.detail;
                      }}
                      @range=${(event: CustomEvent<Range | null>) => this.#showRange(event.detail)}></lion-curve>`,
                )}
              </div>`
            : html`<p class="card quiet">${text("firstStep")}</p>`
        }
      </section>`;
  }

  #changeCurves(changes: Partial<Pick<PageState, "axis" | "smoothing" | "log">>): void {
    if (changes.axis !== undefined) {
      // Places on one axis are none on another.
      this.place = null;
      this.range = null;
    }
    this.#remember(changes);
    void this.#client?.look();
  }

  #showRange(range: Range | null): void {
    this.range = range;
    void this.#client?.look();
  }

  /** Draws a training's curves, or no longer. */
  #toggle(id: string): void {
    if (this.view?.state !== "runs" || !this.wording) {
      return;
    }
    const drawn = this.view.drawn.map((one) => one.id);
    const isDrawn = drawn.includes(id);
    this.#remember({ drawn: isDrawn ? drawn.filter((one) => one !== id) : [...drawn, id] });
    const run = this.view.runs.find((one) => one.id === id);
    if (run) {
      this.said = this.wording.text(isDrawn ? "runNotDrawn" : "runDrawn", nameOf(run, this.wording));
    }
    void this.#client?.look();
  }

  #toggleTable(metric: RunMetric): void {
    const { tables } = this.page;
    this.#remember({ tables: tables.includes(metric) ? tables.filter((one) => one !== metric) : [...tables, metric] });
  }

  #remember(changes: Partial<PageState>): void {
    this.page = { ...this.page, ...changes, scroll: window.scrollY };
    writeState(this.page);
  }

  #act(action: TrainingAction): void {
    this.peer?.tell("act", action);
  }
}

/** Styles by trainings: the first one to begin has the first. */
function stylesOf(runs: readonly ListedRun[]): ReadonlyMap<string, RunStyle> {
  return new Map(runs.map(({ id }, index) => [id, styleOf(runs.length - 1 - index)]));
}

/** Whether charts would look the same. */
function isSame(one: CurveView, other: CurveView): boolean {
  return (
    one.axis === other.axis &&
    one.log === other.log &&
    one.range === other.range &&
    one.theme === other.theme &&
    one.runs.length === other.runs.length &&
    one.runs.every((run, index) => run.id === other.runs[index]?.id && run.curve === other.runs[index].curve)
  );
}
