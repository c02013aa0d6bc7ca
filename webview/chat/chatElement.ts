import { html, LitElement, nothing, type TemplateResult } from "lit";
import type {
  AnswerNews,
  ChatAction,
  ChatHostCalls,
  ChatQuestion,
  ChatSettings,
  ChatView,
  ChatWebviewCalls,
} from "../../src/protocol/chat.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import { Formats } from "../ui/format.ts";
import { OnceMore } from "../ui/onceMore.ts";
import { failedState, noProjectState, waitingState, wordlessState } from "../ui/pageStates.ts";
import { isAnswering, withNews } from "./chatModel.ts";
import { ComposerElement } from "./composerElement.ts";
import { exchangeTemplate } from "./exchange.ts";
import { type Draft, type PageState, readState, writeState } from "./pageState.ts";
import { studentChoice } from "./studentChoice.ts";
import { answererName, type Wording, wordingOf } from "./wording.ts";

export type ChatPeer = MessageHandler<ChatHostCalls, ChatWebviewCalls>;

type Chat = Extract<ChatView, { state: "chat" }>;

/** Pixels from the lower edge at which somebody still follows the answers. */
const AT_END = 80;
/** Characters of an answer that are announced. */
const SAID = 300;

/** The chat with one student or with two side by side. */
export class ChatElement extends LitElement {
  static override properties = {
    wording: { state: true },
    view: { state: true },
    problem: { state: true },
    refused: { state: true },
    page: { state: true },
    said: { state: true },
  };
  declare wording: Wording | null;
  declare view: ChatView | null;
  declare problem: string | null;
  /** What is wrong with the question that was sent. */
  declare refused: string | null;
  declare page: PageState;
  /** What is announced. */
  declare said: string;
  peer: ChatPeer | null = null;
  readonly #loading = new OnceMore(() => this.#loadOnce());

  constructor() {
    super();
    this.wording = null;
    this.view = null;
    this.problem = null;
    this.refused = null;
    this.page = readState();
    this.said = "";
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Asks for the texts and for what there is to show. */
  async start(peer: ChatPeer): Promise<void> {
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
    window.scrollTo({ top: document.documentElement.scrollHeight });
    this.#composer()?.focus();
  }

  /** Loads what there is to show; while that is under way, another call makes it load once more afterwards. */
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
    const view = await this.peer?.request("load", null);
    if (view) {
      this.#show(view);
    }
  }

  /** What has become of an answer. */
  news(news: AnswerNews): void {
    const { view } = this;
    if (view?.state !== "chat") {
      return;
    }
    const exchanges = withNews(view.exchanges, news);
    if (!exchanges) {
      void this.load();
      return;
    }
    const answer = exchanges
      .flatMap(({ id, answers }) => (id === news.exchange ? answers : []))
      .find(({ student }) => student === news.answer.student);
    if (answer && this.wording && (answer.state === "done" || answer.state === "failed")) {
      const name = answererName(answer, this.wording);
      this.said =
        answer.state === "done"
          ? this.wording.text("saidDone", name, answer.text.slice(0, SAID))
          : this.wording.text("saidFailed", name, answer.note);
    }
    this.#show({ ...view, exchanges });
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
    const on = { retry: () => void this.load(), showLog: () => this.#act("showLog") };
    return failedState(wording.text("readFailed", problem), on, wording);
  }

  #view(wording: Wording, view: ChatView): TemplateResult {
    const { text } = wording;
    switch (view.state) {
      case "noProject":
        return noProjectState(view.problem, (action) => this.#act(action), wording);
      case "empty":
        return html`
          <div class="empty">
            <h1>${text("emptyTitle")}</h1>
            <p class="quiet">${text(view.trains ? "emptyText" : "emptyServed")}</p>
            <vscode-button @click=${() => this.#act(view.trains ? "run" : "configure")}>
              ${text(view.trains ? "run" : "configure")}</vscode-button>
          </div>`;
      case "chat":
        return this.#chat(wording, view);
    }
  }

  #chat(wording: Wording, view: Chat): TemplateResult {
    const { text } = wording;
    const { students, chosen, exchanges, settings } = view;
    const { draft, more, plain } = this.page;
    return html`
      <header class="page-head">
        <h1>${text("title")}</h1>
        <p class="subtitle">${view.project}</p>
        <div class="tools">
          ${studentChoice(students, chosen, (ids) => void this.#choose(ids), wording)}
          <label class="control">
            <input type="checkbox" .checked=${plain} @change=${() => this.#remember({ plain: !plain })}>
            <span>${text("plain")}</span>
          </label>
          ${
            exchanges.length === 0
              ? nothing
              : html`<vscode-button appearance="secondary" @click=${() => this.#tell("clear")}>${text("clear")}</vscode-button>`
          }
        </div>
      </header>
      <div class="exchanges">
        ${
          exchanges.length === 0
            ? html`<div class="nothing"><h2>${text("nothingAsked")}</h2><p class="quiet">${text("eachAlone")}</p></div>`
            : exchanges.map((exchange, index) =>
                exchangeTemplate(
                  exchange,
                  { number: index + 1, plain },
                  {
                    again: (student) => void this.#request("again", { exchange: exchange.id, student }),
                    edit: () => this.#edit(exchange.question),
                    copy: () => void this.#request("copy", { exchange: exchange.id }),
                    showLog: () => this.#act("showLog"),
                  },
                  wording,
                ),
              )
        }
      </div>
      <lion-composer .wording=${wording} .draft=${draft} .settings=${settings} .more=${more}
        .answering=${isAnswering(exchanges)} .problem=${this.refused}
        @draft=${(event: CustomEvent<Draft>) => this.#remember({ draft: event.detail })}
        @more=${(event: CustomEvent<boolean>) => this.#remember({ more: event.detail })}
        @settings=${(event: CustomEvent<ChatSettings>) => this.#show({ ...view, settings: event.detail })}
        @ask=${(event: CustomEvent<ChatQuestion>) => void this.#ask(event.detail)}
        @stop=${() => this.#tell("stop")}></lion-composer>`;
  }

  /** Shows a view, and its end to whoever was looking at the end. */
  #show(view: ChatView): void {
    const { scrollHeight } = document.documentElement;
    const follows = scrollHeight - window.scrollY - window.innerHeight < AT_END;
    this.view = view;
    if (follows) {
      void this.updateComplete.then(() => window.scrollTo({ top: document.documentElement.scrollHeight }));
    }
  }

  async #choose(students: readonly number[]): Promise<void> {
    const view = await this.#request("choose", { students });
    if (view) {
      this.#show(view);
    }
  }

  async #ask(question: ChatQuestion): Promise<void> {
    try {
      const { problem } = (await this.peer?.request("ask", question)) ?? { problem: null };
      this.refused = problem;
      if (problem === null) {
        this.#remember({ draft: { ...this.page.draft, instruction: "", input: "" } });
        this.#composer()?.focus();
      }
    } catch (error) {
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  #edit({ instruction, input, system }: ChatQuestion): void {
    this.#remember({ draft: { instruction, input, system }, more: this.page.more || input !== "" || system !== "" });
    this.#composer()?.focus();
  }

  async #request<K extends "again" | "copy" | "choose">(
    kind: K,
    body: ChatHostCalls[K]["body"],
  ): Promise<ChatHostCalls[K]["reply"] | undefined> {
    try {
      return await this.peer?.request(kind, body);
    } catch (error) {
      this.refused = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  #composer(): ComposerElement | null {
    const composer = this.querySelector("lion-composer");
    return composer instanceof ComposerElement ? composer : null;
  }

  #remember(changes: Partial<PageState>): void {
    this.page = { ...this.page, ...changes };
    writeState(this.page);
  }

  #tell(kind: "stop" | "clear"): void {
    this.peer?.tell(kind, null);
  }

  #act(action: ChatAction): void {
    this.peer?.tell("act", action);
  }
}
