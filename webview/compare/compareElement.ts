import { html, type nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { CompareHostCalls, CompareItem, CompareWebviewCalls } from "../../src/protocol/compare.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import type { EmptyReason, PageCommand } from "../../src/protocol/queue.ts";
import { actionBar, actionButton } from "../ui/actions.ts";
import type { KeyGroup } from "../ui/cheatSheet.ts";
import { prepareText } from "../ui/longText.ts";
import { type ItemShown, QueueElement } from "../ui/queueElement.ts";
import { actionsOf, keyGroupsOf } from "./compareActions.ts";
import type { CompareTools } from "./compareTools.ts";
import { comparisonTemplate } from "./comparison.ts";
import { markDifferences, unmarkDifferences } from "./differenceMarks.ts";
import { type TauCalls, TauElement } from "./tauElement.ts";
import { verdictSentence } from "./verdictWords.ts";

export type ComparePeer = MessageHandler<CompareHostCalls, CompareWebviewCalls>;

/** Milliseconds after which differences are marked even though the page was never idle. */
const MARK_MS = 500;

/** Compare: the page on which a person reads both answers and judges the referee's verdict. */
export class CompareElement extends QueueElement<CompareItem, CompareTools> {
  static override properties: PropertyDeclarations = { isMarkable: { state: true } };
  declare isMarkable: boolean;
  #peer: ComparePeer | null = null;
  #marking = false;

  constructor() {
    super();
    this.isMarkable = true;
  }

  /** Asks for the texts and the first comparison. */
  async start(peer: ComparePeer): Promise<void> {
    this.#peer = peer;
    await this.begins(peer);
  }

  override prepare({ turns, input, sides }: CompareItem): void {
    for (const text of [
      ...turns.map((turn) => turn.text),
      ...(input ? [input] : []),
      ...sides.map((side) => side.text),
    ]) {
      prepareText(text);
    }
  }

  override command(command: PageCommand): void {
    const tau = this.querySelector("lion-tau");
    if (command === "focusTau" && tau instanceof TauElement) {
      tau.focusSlider();
    } else {
      super.command(command);
    }
  }

  /** Marks once, however many texts have come on screen, and only when the page has been painted. */
  protected override mark(): void {
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
      { timeout: MARK_MS },
    );
  }

  protected override item(
    { item }: ItemShown<CompareItem>,
    tools: CompareTools,
    form: TemplateResult | typeof nothing,
  ): TemplateResult {
    return comparisonTemplate(item, tools, { form, calls: this.#calls, isMarkable: this.isMarkable });
  }

  protected override bar({ item, queue, editing }: ItemShown<CompareItem>, tools: CompareTools): TemplateResult {
    const decides = queue.onlyRead === null && editing === null;
    return actionBar(actionsOf(item, tools, { decides }), tools, tools.text("actions"));
  }

  protected override next(why: EmptyReason, tools: CompareTools): TemplateResult {
    return html`
      <div class="empty-actions">
        ${
          why === "nothing"
            ? actionButton({ command: "lion.run", weight: "primary" }, tools)
            : actionButton({ command: "lion.openReview" }, tools)
        }
      </div>`;
  }

  protected override keyGroups(tools: CompareTools): readonly KeyGroup[] {
    return keyGroupsOf(tools);
  }

  protected override heading({ text }: CompareTools): string {
    return text("compareTitle");
  }

  protected override told({ referee }: CompareItem, tools: CompareTools): string {
    return referee === null ? "" : `${verdictSentence(referee, tools)}. `;
  }

  readonly #calls: TauCalls = {
    preview: (iteration, tau) => this.#asked().request("previewTau", { iteration, tau }),
    save: (iteration, tau) => this.#asked().request("saveTau", { iteration, tau }),
  };

  #asked(): ComparePeer {
    if (!this.#peer) {
      throw new Error("The page has not started yet.");
    }
    return this.#peer;
  }
}
