import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type {
  ApprovalProgress,
  CandidateHostCalls,
  CandidateItem,
  CandidateStrings,
  CandidateWebviewCalls,
  RefusalReason,
} from "../../src/protocol/candidates.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import type { EmptyReason, PageCommand, PageSettings } from "../../src/protocol/queue.ts";
import { actionBar, actionButton } from "../ui/actions.ts";
import { EditFormElement, type SaveEdit } from "../ui/editForm.ts";
import { emptyState, noProjectState } from "../ui/emptyState.ts";
import { keep, readKept } from "../ui/keptState.ts";
import { keepControlKeys } from "../ui/keys.ts";
import { type LoadText, prepareText } from "../ui/longText.ts";
import { PageClient, type QueuePage, type Shown, sentenceOf } from "../ui/pageClient.ts";
import { queueHeader } from "../ui/queueHeader.ts";
import { type Tools, toolsOf } from "../ui/tools.ts";
import { approvalStrip } from "./approvalStrip.ts";
import { actionsOf, keyGroupsOf, reasonsTemplate } from "./candidateActions.ts";
import { candidateTemplate } from "./candidateTemplate.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { markShared } from "./sharedMarks.ts";

export type CandidatePeer = MessageHandler<CandidateHostCalls, CandidateWebviewCalls>;

type CandidateScreen = Shown<CandidateItem>;
type ItemShown = Extract<CandidateScreen, { state: "item" }>;

/** Characters of a candidate that screen readers are told when it comes on screen. */
const SPOKEN = 400;
/** Part of a window's height that the keys for scrolling move by. */
const STEP = 0.8;

/** Review: the page on which a person decides about candidates. */
export class CandidatesElement extends LitElement implements QueuePage<CandidateItem, CandidateStrings> {
  static override properties = {
    base: { state: true },
    screen: { state: true },
    approval: { state: true },
    reasons: { state: true },
    problem: { state: true },
  };
  declare base: Tools<keyof CandidateStrings> | null;
  declare screen: CandidateScreen | null;
  declare approval: ApprovalProgress | null;
  declare reasons: readonly RefusalReason[];
  declare problem: string | null;
  readonly client = new PageClient<CandidateItem, CandidateStrings>(this);
  #peer: CandidatePeer | null = null;
  #key: string | null = null;
  #marking = false;

  constructor() {
    super();
    this.base = null;
    this.screen = null;
    this.approval = null;
    this.reasons = [];
    this.problem = null;
    this.addEventListener("keydown", keepControlKeys);
    // Texts put themselves on the page after the rest of it.
    this.addEventListener("text-shown", () => this.#mark());
  }

  /** Asks for the texts, the reasons for refusing, how far the approval is, and the first candidate. */
  async start(peer: CandidatePeer): Promise<void> {
    this.#peer = peer;
    const rest = Promise.all([peer.request("reasons", null), peer.request("approval", null)]);
    rest.then(
      ([reasons, approval]) => {
        this.reasons = reasons;
        this.approval = approval;
      },
      (error) => this.trouble(sentenceOf(error)),
    );
    await this.client.start(peer);
    window.addEventListener("scroll", () => keep({ scroll: window.scrollY }), { passive: true });
  }

  begin(settings: PageSettings<CandidateStrings>): void {
    document.documentElement.lang = settings.language;
    this.base = toolsOf(settings, (command, argument) => void this.client.act(command, argument));
  }

  /** Shows a screen. A new item begins at its top; the one that was on screen before a reload stays where it was. */
  async show(screen: CandidateScreen): Promise<void> {
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
    if (top > 0) {
      // Its texts are in place with the next frame; before, the page may be too short to be scrolled that far.
      requestAnimationFrame(() => window.scrollTo({ top, behavior: "instant" }));
    }
  }

  prepare({ teacher }: CandidateItem): void {
    if (teacher.state === "answered") {
      prepareText(teacher.answer.text);
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
      case "focusTau":
        break;
    }
  }

  trouble(problem: string | null): void {
    this.problem = problem;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("screen")) {
      this.#mark();
    }
  }

  /** Marks shared words once, however many texts have come on screen. */
  #mark(): void {
    if (!this.#marking) {
      this.#marking = true;
      queueMicrotask(() => {
        this.#marking = false;
        const { screen } = this;
        markShared(this, screen?.state === "item" && screen.display.marks ? screen.item.neighbour : null);
      });
    }
  }

  protected override render(): TemplateResult {
    const { base, screen, problem } = this;
    if (!base) {
      return html`<main><p class="empty" role=${problem ? "alert" : "status"}>${problem ?? ""}</p></main>`;
    }
    const tools: CandidateTools = {
      ...base,
      display: screen?.state === "item" ? screen.display : { plain: false, marks: false, details: false, help: false },
      load: this.#load,
      open: (instructionId) => void this.#open(instructionId),
    };
    return html`
      ${this.#head(tools)}
      ${problem === null ? nothing : this.#failure(tools, problem)}
      <main>${screen === null ? this.#waiting(tools) : this.#body(screen, tools)}</main>
      ${screen?.state === "item" ? this.#bar(screen, tools) : nothing}
      <lion-cheat-sheet .tools=${tools} .groups=${keyGroupsOf(tools, this.reasons)} .open=${tools.display.help}></lion-cheat-sheet>`;
  }

  #head(tools: CandidateTools): TemplateResult | typeof nothing {
    const { screen, approval } = this;
    if (screen === null || screen.state === "noProject") {
      return nothing;
    }
    const { queue } = screen;
    const extra = approval === null ? nothing : approvalStrip(approval, tools, { decides: queue.onlyRead === null });
    return screen.state === "empty"
      ? queueHeader(queue, tools, { extra })
      : queueHeader(queue, tools, { reason: screen.entry.reason, spoken: spokenOf(screen, tools), extra });
  }

  #body(screen: CandidateScreen, tools: CandidateTools): TemplateResult {
    switch (screen.state) {
      case "noProject":
        return html`
          ${noProjectState(screen.problem, tools)}
          <div class="empty-actions">
            ${actionButton({ command: "lion.openSandboxDemo", weight: "primary" }, tools)}
            ${actionButton({ command: "lion.newProject" }, tools)}
          </div>`;
      case "empty":
        return emptyState(screen, tools, this.#next(screen.why, tools));
      case "item":
        return candidateTemplate(screen.item, tools, this.#form(screen, tools));
    }
  }

  /** What there is to do when no candidate is left. */
  #next(why: EmptyReason, tools: CandidateTools): TemplateResult | typeof nothing {
    const { approval } = this;
    const command =
      why === "nothing"
        ? "lion.run"
        : why === "finished" && approval && approval.approved > 0 && !approval.finished
          ? "lion.finishApproval"
          : null;
    return command === null
      ? nothing
      : html`<div class="empty-actions">${actionButton({ command, weight: "primary" }, tools)}</div>`;
  }

  #form({ editing }: ItemShown, tools: CandidateTools): TemplateResult | typeof nothing {
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

  #bar({ item, queue, editing }: ItemShown, tools: CandidateTools): TemplateResult {
    const moves = editing === null;
    const decides = moves && queue.onlyRead === null;
    const reasons = reasonsTemplate(this.reasons, tools, { decides });
    return actionBar(actionsOf(item, tools, { decides, moves }), tools, tools.text("actions"), reasons);
  }

  #waiting(tools: CandidateTools): TemplateResult {
    return html`<p class="empty quiet" role="status">${this.problem === null ? tools.text("loading") : ""}</p>`;
  }

  #failure({ text }: CandidateTools, problem: string): TemplateResult {
    return html`
      <div class="failure" role="alert">
        <p class="problem">${text("failed", problem)}</p>
        <vscode-button @click=${() => void this.client.load()}>${text("retry")}</vscode-button>
      </div>`;
  }

  readonly #load: LoadText = async (ref, from) =>
    this.#peer ? this.#peer.request("text", { ref, from }) : { text: "", next: null };

  async #open(instructionId: number): Promise<void> {
    try {
      await this.#peer?.request("open", { instructionId });
    } catch (error) {
      this.trouble(sentenceOf(error));
    }
  }
}

/** What screen readers are told of a candidate that has come on screen. */
function spokenOf({ item, queue }: ItemShown, { text, formats }: CandidateTools): string {
  const words = item.turns.findLast(({ role }) => role === "user")?.text.head ?? "";
  return `${text("position", formats.whole(queue.position), formats.whole(queue.total))}: ${words.slice(0, SPOKEN)}`;
}
