import { html, LitElement, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import type {
  Display,
  EmptyReason,
  PageCommand,
  PageSettings,
  QueueState,
  QueueString,
} from "../../src/protocol/queue.ts";
import { actionButton } from "./actions.ts";
import type { KeyGroup } from "./cheatSheet.ts";
import { EditFormElement, type SaveEdit } from "./editForm.ts";
import { emptyState, noProjectState } from "./emptyState.ts";
import { keep, readKept } from "./keptState.ts";
import { keepControlKeys } from "./keys.ts";
import type { LoadText } from "./longText.ts";
import { PageClient, type QueuePage, type QueuePeer, type Shown, sentenceOf } from "./pageClient.ts";
import { queueHeader } from "./queueHeader.ts";
import { type Tools, toolsOf } from "./tools.ts";

/** Characters of an instruction that screen readers are told when it comes on screen. */
const SPOKEN = 400;
const PLAIN_DISPLAY: Display = { plain: false, marks: false, details: false, help: false };

/** Texts that both pages need. */
type CommonString = QueueString | "lion.newProject" | "lion.openSandboxDemo";

type Strings = Readonly<Record<string, string>>;

/** What the parts of a page on which a person decides are made with. */
export interface QueueTools<Key extends string> extends Tools<Key> {
  readonly display: Display;
  readonly load: LoadText;
  /** Opens another instruction as a document. */
  readonly open: (instructionId: number) => void;
}

/** A screen with an item on it. */
export type ItemShown<Item> = Extract<Shown<Item>, { state: "item" }>;

/** An item whose instruction is a list of turns. */
interface WithTurns {
  readonly turns: ReadonlyArray<{ readonly role: string; readonly text: { readonly head: string } }>;
}

/** A page on which a person decides: its head, its bar, and what it says when there is nothing to decide. */
export abstract class QueueElement<Item extends WithTurns, T extends QueueTools<CommonString>>
  extends LitElement
  implements QueuePage<Item, Strings>
{
  static override properties: PropertyDeclarations = {
    base: { state: true },
    screen: { state: true },
    problem: { state: true },
  };
  declare base: Tools<string> | null;
  declare screen: Shown<Item> | null;
  declare problem: string | null;
  readonly client = new PageClient<Item, Strings>(this);
  #peer: QueuePeer<Item, Strings> | null = null;
  #key: string | null = null;
  #tools: T | null = null;

  constructor() {
    super();
    this.base = null;
    this.screen = null;
    this.problem = null;
    this.addEventListener("keydown", keepControlKeys);
    // Texts put themselves on the page after the rest of it.
    this.addEventListener("text-shown", () => this.mark());
  }

  /** Asks for the texts and the first item. */
  protected async begins(peer: QueuePeer<Item, Strings>): Promise<void> {
    this.#peer = peer;
    await this.client.start(peer);
    window.addEventListener("scroll", () => keep({ scroll: window.scrollY }), { passive: true });
  }

  begin(settings: PageSettings<Strings>): void {
    document.documentElement.lang = settings.language;
    this.base = toolsOf(settings, (command, argument) => void this.client.act(command, argument));
  }

  /** Shows a screen. A new item begins at its top; the one that was on screen before a reload stays where it was. */
  async show(screen: Shown<Item>): Promise<void> {
    this.screen = screen;
    this.problem = null;
    const key = screen.state === "item" ? screen.entry.key : null;
    await this.updateComplete;
    if (key === this.#key) {
      return;
    }
    const kept = readKept();
    const top = this.#key === null && kept.key === key ? kept.scroll : 0;
    this.#key = key;
    keep({ key, scroll: top });
    window.scrollTo({ top, behavior: "instant" });
    this.querySelector(".instruction")?.scrollTo({ top: 0, behavior: "instant" });
    if (top > 0) {
      // Its texts are in place with the next frame; before, the page may be too short to be scrolled that far.
      requestAnimationFrame(() => window.scrollTo({ top, behavior: "instant" }));
    }
  }

  abstract prepare(item: Item): void;

  command(command: PageCommand): void {
    const form = this.querySelector("lion-edit-form");
    if (command === "saveEdit" && form instanceof EditFormElement) {
      void form.save();
    }
  }

  trouble(problem: string | null): void {
    this.problem = problem;
  }

  /** The item with the form that stands in place of what is edited. */
  protected abstract item(screen: ItemShown<Item>, tools: T, form: TemplateResult | typeof nothing): TemplateResult;

  /** The bar with the decisions. */
  protected abstract bar(screen: ItemShown<Item>, tools: T): TemplateResult;

  /** What there is to do when the queue is empty. */
  protected abstract next(why: EmptyReason, tools: T): TemplateResult | typeof nothing;

  protected abstract keyGroups(tools: T): readonly KeyGroup[];

  /** Marks words in the texts on the page, or takes the marks away. */
  protected abstract mark(): void;

  /** The page's heading while it has nothing to show. */
  protected abstract heading(tools: T): string;

  /** What the page adds under its head. */
  protected extra(_queue: QueueState, _tools: T): TemplateResult | typeof nothing {
    return nothing;
  }

  /** What screen readers are told of an item before its words. */
  protected told(_item: Item, _tools: T): string {
    return "";
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { base, screen } = this;
    if (base && (changed.has("base") || changed.has("screen") || !this.#tools)) {
      const tools: QueueTools<string> = {
        ...base,
        display: screen?.state === "item" ? screen.display : PLAIN_DISPLAY,
        load: this.#load,
        open: (instructionId) => void this.#open(instructionId),
      };
      // The editor sends each page exactly its own texts.
      this.#tools = tools as unknown as T;
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("screen")) {
      this.mark();
    }
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
      ${screen?.state === "item" ? this.bar(screen, tools) : nothing}
      <lion-cheat-sheet .tools=${tools} .groups=${this.keyGroups(tools)} .open=${tools.display.help}></lion-cheat-sheet>`;
  }

  #head(screen: Exclude<Shown<Item>, { state: "noProject" }>, tools: T): TemplateResult {
    const extra = this.extra(screen.queue, tools);
    return screen.state === "empty"
      ? queueHeader(screen.queue, tools, { extra })
      : queueHeader(screen.queue, tools, { reason: screen.entry.reason, spoken: this.#spoken(screen, tools), extra });
  }

  #spoken({ item, queue }: ItemShown<Item>, tools: T): string {
    const { text, formats } = tools;
    const words = item.turns.findLast(({ role }) => role === "user")?.text.head ?? "";
    const place = text("position", formats.whole(queue.position), formats.whole(queue.total));
    return `${place}: ${this.told(item, tools)}${words.slice(0, SPOKEN)}`;
  }

  #body(screen: Shown<Item>, tools: T): TemplateResult {
    switch (screen.state) {
      case "noProject":
        return html`
          ${noProjectState(screen.problem, tools)}
          <div class="empty-actions">
            ${actionButton({ command: "lion.openSandboxDemo", weight: "primary" }, tools)}
            ${actionButton({ command: "lion.newProject" }, tools)}
          </div>`;
      case "empty":
        return emptyState(screen, tools, this.next(screen.why, tools));
      case "item":
        return this.item(screen, tools, this.#form(screen, tools));
    }
  }

  #form({ editing }: ItemShown<Item>, tools: T): TemplateResult | typeof nothing {
    return editing === null
      ? nothing
      : html`<lion-edit-form .tools=${tools} .editing=${editing} .saveEdit=${this.#saveEdit}></lion-edit-form>`;
  }

  readonly #saveEdit: SaveEdit = async (fields, note) => {
    const { screen } = this;
    const editing = screen?.state === "item" ? screen.editing : null;
    return editing
      ? this.#asked().request("saveEdit", { instructionId: editing.instructionId, fields, note })
      : { problem: null };
  };

  #waiting(tools: T): TemplateResult {
    return html`
      <h1 class="unseen">${this.heading(tools)}</h1>
      <p class="empty quiet" role="status">${this.problem === null ? tools.text("loading") : ""}</p>`;
  }

  #failure({ text }: T, problem: string): TemplateResult {
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

  #asked(): QueuePeer<Item, Strings> {
    if (!this.#peer) {
      throw new Error("The page has not started yet.");
    }
    return this.#peer;
  }
}
