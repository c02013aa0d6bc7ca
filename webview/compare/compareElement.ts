import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type {
  CompareHostCalls,
  CompareItem,
  CompareString,
  CompareStrings,
  CompareWebviewCalls,
} from "../../src/protocol/compare.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import type { PageCommand, PageSettings } from "../../src/protocol/queue.ts";
import { actionBar, actionButton } from "../ui/actions.ts";
import { EditFormElement, type SaveEdit } from "../ui/editForm.ts";
import { emptyState, noProjectState } from "../ui/emptyState.ts";
import { keep, readKept } from "../ui/keptState.ts";
import { keepControlKeys } from "../ui/keys.ts";
import { type LoadText, prepareText } from "../ui/longText.ts";
import { PageClient, type QueuePage, type Shown, sentenceOf } from "../ui/pageClient.ts";
import { queueHeader } from "../ui/queueHeader.ts";
import { type Tools, toolsOf } from "../ui/tools.ts";
import { actionsOf, keyGroupsOf } from "./compareActions.ts";
import type { CompareTools } from "./compareTools.ts";
import { comparisonTemplate } from "./comparison.ts";
import { markDifferences, unmarkDifferences } from "./differenceMarks.ts";
import { type TauCalls, TauElement } from "./tauElement.ts";
import { verdictSentence } from "./verdictWords.ts";

export type ComparePeer = MessageHandler<CompareHostCalls, CompareWebviewCalls>;

type CompareScreen = Shown<CompareItem>;
type ItemShown = Extract<CompareScreen, { state: "item" }>;

/** Characters of an instruction that screen readers are told when it comes on screen. */
const SPOKEN = 400;
/** Part of a window's height that the keys for scrolling move by. */
const STEP = 0.8;
const PLAIN_DISPLAY = { plain: false, marks: false, details: false, help: false };

/** Compare: the page on which a person reads both answers and judges the referee's verdict. */
export class CompareElement extends LitElement implements QueuePage<CompareItem, CompareStrings> {
  static override properties = {
    base: { state: true },
    screen: { state: true },
    problem: { state: true },
    isMarkable: { state: true },
  };
  declare base: Tools<CompareString> | null;
  declare screen: CompareScreen | null;
  declare problem: string | null;
  declare isMarkable: boolean;
  readonly client = new PageClient<CompareItem, CompareStrings>(this);
  #peer: ComparePeer | null = null;
  #key: string | null = null;
  #marking = false;
  #tools: CompareTools | null = null;

  constructor() {
    super();
    this.base = null;
    this.screen = null;
    this.problem = null;
    this.isMarkable = true;
    this.addEventListener("keydown", keepControlKeys);
    // Texts put themselves on the page after the rest of it.
    this.addEventListener("text-shown", () => this.#markSoon());
  }

  /** Asks for the texts and the first comparison. */
  async start(peer: ComparePeer): Promise<void> {
    this.#peer = peer;
    await this.client.start(peer);
    window.addEventListener("scroll", () => keep({ scroll: window.scrollY }), { passive: true });
  }

  begin(settings: PageSettings<CompareStrings>): void {
    document.documentElement.lang = settings.language;
    this.base = toolsOf(settings, (command, argument) => void this.client.act(command, argument));
  }

  /** Shows a screen. A new item begins at its top; the one that was on screen before a reload stays where it was. */
  async show(screen: CompareScreen): Promise<void> {
    this.screen = screen;
    this.problem = null;
    const key = screen.state === "item" ? screen.entry.key : null;
    await this.updateComplete;
    if (key === this.#key) {
      return;
    }
    const kept = readKept();
    window.scrollTo({ top: this.#key === null && kept.key === key ? kept.scroll : 0, behavior: "instant" });
    this.querySelector(".instruction")?.scrollTo({ top: 0, behavior: "instant" });
    this.#key = key;
    keep({ key, scroll: window.scrollY });
  }

  prepare({ turns, input, sides }: CompareItem): void {
    for (const text of [
      ...turns.map((turn) => turn.text),
      ...(input ? [input] : []),
      ...sides.map((side) => side.text),
    ]) {
      prepareText(text);
    }
  }

  command(command: PageCommand): void {
    switch (command) {
      case "scrollDown":
        window.scrollBy({ top: window.innerHeight * STEP });
        break;
      case "scrollUp":
        window.scrollBy({ top: -window.innerHeight * STEP });
        break;
      case "saveEdit": {
        const form = this.querySelector("lion-edit-form");
        if (form instanceof EditFormElement) {
          void form.save();
        }
        break;
      }
      case "focusTau": {
        const tau = this.querySelector("lion-tau");
        if (tau instanceof TauElement) {
          tau.focusSlider();
        }
        break;
      }
    }
  }

  trouble(problem: string | null): void {
    this.problem = problem;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { base, screen } = this;
    if (base && (changed.has("base") || changed.has("screen") || !this.#tools)) {
      this.#tools = {
        ...base,
        display: screen?.state === "item" ? screen.display : PLAIN_DISPLAY,
        load: this.#load,
        open: (instructionId) => void this.#open(instructionId),
      };
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("screen")) {
      this.#markSoon();
    }
  }

  /** Marks once, however many texts have come on screen, and only when the page has been painted. */
  #markSoon(): void {
    if (this.#marking) {
      return;
    }
    this.#marking = true;
    unmarkDifferences();
    requestIdleCallback(
      () => {
        this.#marking = false;
        const { screen } = this;
        if (screen?.state === "item" && screen.display.marks && screen.editing === null) {
          this.isMarkable = markDifferences(this);
        }
      },
      { timeout: 500 },
    );
  }

  protected override render(): TemplateResult {
    const { screen, problem } = this;
    const tools = this.#tools;
    if (!tools) {
      return html`<main><p class="empty" role=${problem ? "alert" : "status"}>${problem ?? ""}</p></main>`;
    }
    return html`
      ${screen === null || screen.state === "noProject" ? nothing : this.#head(screen, tools)}
      ${problem === null ? nothing : this.#failure(tools, problem)}
      <main>${screen === null ? this.#waiting(tools) : this.#body(screen, tools)}</main>
      ${screen?.state === "item" ? this.#bar(screen, tools) : nothing}
      <lion-cheat-sheet .tools=${tools} .groups=${keyGroupsOf(tools)} .open=${tools.display.help}></lion-cheat-sheet>`;
  }

  #head(screen: Exclude<CompareScreen, { state: "noProject" }>, tools: CompareTools): TemplateResult {
    return screen.state === "empty"
      ? queueHeader(screen.queue, tools)
      : queueHeader(screen.queue, tools, { reason: screen.entry.reason, spoken: spokenOf(screen, tools) });
  }

  #body(screen: CompareScreen, tools: CompareTools): TemplateResult {
    switch (screen.state) {
      case "noProject":
        return html`
          ${noProjectState(screen.problem, tools)}
          <div class="empty-actions">
            ${actionButton({ command: "lion.openSandboxDemo", weight: "primary" }, tools)}
            ${actionButton({ command: "lion.newProject" }, tools)}
          </div>`;
      case "empty":
        return emptyState(
          screen,
          tools,
          html`
            <div class="empty-actions">
              ${
                screen.why === "nothing"
                  ? actionButton({ command: "lion.run", weight: "primary" }, tools)
                  : actionButton({ command: "lion.openReview" }, tools)
              }
            </div>`,
        );
      case "item":
        return comparisonTemplate(screen.item, tools, {
          form: this.#form(screen, tools),
          calls: this.#calls,
          isMarkable: this.isMarkable,
        });
    }
  }

  #form({ editing }: ItemShown, tools: CompareTools): TemplateResult | typeof nothing {
    return editing === null
      ? nothing
      : html`<lion-edit-form .tools=${tools} .editing=${editing} .saveEdit=${this.#saveEdit}></lion-edit-form>`;
  }

  readonly #saveEdit: SaveEdit = async (fields, note) => {
    const { screen } = this;
    const editing = screen?.state === "item" ? screen.editing : null;
    return this.#peer && editing
      ? this.#peer.request("saveEdit", { instructionId: editing.instructionId, fields, note })
      : { problem: null };
  };

  readonly #calls: TauCalls = {
    preview: (iteration, tau) => this.#asked().request("previewTau", { iteration, tau }),
    save: (iteration, tau) => this.#asked().request("saveTau", { iteration, tau }),
  };

  #bar({ item, queue, editing }: ItemShown, tools: CompareTools): TemplateResult {
    const decides = queue.onlyRead === null && editing === null;
    return actionBar(actionsOf(item, tools, { decides }), tools, tools.text("actions"));
  }

  #waiting(tools: CompareTools): TemplateResult {
    return html`
      <h1 class="unseen">${tools.text("compareTitle")}</h1>
      <p class="empty quiet" role="status">${this.problem === null ? tools.text("loading") : ""}</p>`;
  }

  #failure({ text }: CompareTools, problem: string): TemplateResult {
    return html`
      <div class="failure" role="alert">
        <p class="problem">${text("failed", problem)}</p>
        <vscode-button @click=${() => void this.client.load()}>${text("retry")}</vscode-button>
      </div>`;
  }

  readonly #load: LoadText = async (ref, from) => this.#asked().request("text", { ref, from });

  async #open(instructionId: number): Promise<void> {
    try {
      await this.#asked().request("open", { instructionId });
    } catch (error) {
      this.trouble(sentenceOf(error));
    }
  }

  #asked(): ComparePeer {
    if (!this.#peer) {
      throw new Error("The page has not started yet.");
    }
    return this.#peer;
  }
}

/** What screen readers are told of a comparison that has come on screen. */
function spokenOf({ item, queue }: ItemShown, tools: CompareTools): string {
  const { text, formats } = tools;
  const place = text("position", formats.whole(queue.position), formats.whole(queue.total));
  const words = item.turns.findLast(({ role }) => role === "user")?.text.head ?? "";
  const verdict = item.referee === null ? "" : `${verdictSentence(item.referee, tools)}. `;
  return `${place}: ${verdict}${words.slice(0, SPOKEN)}`;
}
