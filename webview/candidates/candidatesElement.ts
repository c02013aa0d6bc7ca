import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type {
  ApprovalProgress,
  CandidateHostCalls,
  CandidateItem,
  CandidateWebviewCalls,
  RefusalReason,
} from "../../src/protocol/candidates.ts";
import type { MessageHandler } from "../../src/protocol/messages.ts";
import type { EmptyReason, QueueState } from "../../src/protocol/queue.ts";
import { actionBar, actionButton } from "../ui/actions.ts";
import type { KeyGroup } from "../ui/cheatSheet.ts";
import { prepareText } from "../ui/longText.ts";
import { sentenceOf } from "../ui/pageClient.ts";
import { type ItemShown, QueueElement } from "../ui/queueElement.ts";
import { approvalStrip } from "./approvalStrip.ts";
import { actionsOf, keyGroupsOf, reasonsTemplate } from "./candidateActions.ts";
import { candidateTemplate } from "./candidateTemplate.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { markShared } from "./sharedMarks.ts";

export type CandidatePeer = MessageHandler<CandidateHostCalls, CandidateWebviewCalls>;

/** Review: the page on which a person decides about candidates. */
export class CandidatesElement extends QueueElement<CandidateItem, CandidateTools> {
  static override properties: PropertyDeclarations = { approval: { state: true }, reasons: { state: true } };
  declare approval: ApprovalProgress | null;
  declare reasons: readonly RefusalReason[];
  #marking = false;

  constructor() {
    super();
    this.approval = null;
    this.reasons = [];
  }

  /** Asks for the texts, the reasons for refusing, how far the approval is, and the first candidate. */
  async start(peer: CandidatePeer): Promise<void> {
    const rest = Promise.all([peer.request("reasons", null), peer.request("approval", null)]);
    rest.then(
      ([reasons, approval]) => {
        this.reasons = reasons;
        this.approval = approval;
      },
      (error) => this.trouble(sentenceOf(error)),
    );
    await this.begins(peer);
  }

  override prepare({ teacher }: CandidateItem): void {
    if (teacher.state === "answered") {
      prepareText(teacher.answer.text);
    }
  }

  /** Marks shared words once, however many texts have come on screen. */
  protected override mark(): void {
    if (!this.#marking) {
      this.#marking = true;
      queueMicrotask(() => {
        this.#marking = false;
        const { screen } = this;
        markShared(this, screen?.state === "item" && screen.display.marks ? screen.item.neighbour : null);
      });
    }
  }

  protected override item(
    { item }: ItemShown<CandidateItem>,
    tools: CandidateTools,
    form: TemplateResult | typeof nothing,
  ): TemplateResult {
    return candidateTemplate(item, tools, form);
  }

  protected override bar({ item, queue, editing }: ItemShown<CandidateItem>, tools: CandidateTools): TemplateResult {
    const moves = editing === null;
    const decides = moves && queue.onlyRead === null;
    const reasons = reasonsTemplate(this.reasons, tools, { decides });
    return actionBar(actionsOf(item, tools, { decides, moves }), tools, tools.text("actions"), reasons);
  }

  protected override extra({ onlyRead }: QueueState, tools: CandidateTools): TemplateResult | typeof nothing {
    const { approval } = this;
    return approval === null ? nothing : approvalStrip(approval, tools, { decides: onlyRead === null });
  }

  protected override next(why: EmptyReason, tools: CandidateTools): TemplateResult | typeof nothing {
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

  protected override keyGroups(tools: CandidateTools): readonly KeyGroup[] {
    return keyGroupsOf(tools, this.reasons);
  }

  protected override heading({ text }: CandidateTools): string {
    return text("reviewTitle");
  }
}
