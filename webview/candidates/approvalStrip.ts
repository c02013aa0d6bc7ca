import { html, nothing, type TemplateResult } from "lit";
import type { ApprovalProgress, SampleProgress } from "../../src/protocol/candidates.ts";
import { actionButton } from "../ui/actions.ts";
import type { CandidateTools } from "./candidateTools.ts";
import { scaleTemplate, topOf } from "./scale.ts";

/** How far the approval of the iteration is, and what can be done about all of it at once. */
export function approvalStrip(
  approval: ApprovalProgress,
  tools: CandidateTools,
  { decides }: { readonly decides: boolean },
): TemplateResult {
  const { text, formats } = tools;
  const { iteration, approved, hard, easy, sample, finished } = approval;
  return html`
    <section class="approval" aria-label=${text("approvalTitle", formats.whole(iteration))}>
      <div class="approval-facts">
        <strong>${text("approvedOf", formats.whole(approved), formats.whole(approval.wanted))}</strong>
        <span class="halves" aria-hidden="true">
          <span class="hard" style="flex-grow: ${hard}"></span><span class="easy" style="flex-grow: ${easy}"></span>
          <span style="flex-grow: ${Math.max(0, approval.wanted - hard - easy)}"></span>
        </span>
        <span>${text("ratio", formats.whole(hard), formats.whole(easy))}</span>
        <span class=${approval.missing === 0 ? "" : "quiet"}>${finished ? text("finished") : missingText(approval, tools)}</span>
      </div>
      ${sample && !finished ? sampleTemplate(sample, tools) : nothing}
      ${
        finished
          ? nothing
          : html`
            <div class="action-group">
              ${actionButton({ command: "lion.candidate.bulk", weight: "quiet", disabled: !decides }, tools)}
              ${
                sample?.acceptable && sample.rest > 0
                  ? actionButton(
                      {
                        command: "lion.candidate.approveRest",
                        label: text("lion.candidate.approveRest", formats.whole(sample.rest)),
                        weight: "primary",
                        disabled: !decides,
                      },
                      tools,
                    )
                  : nothing
              }
              ${
                approved > 0
                  ? actionButton(
                      {
                        command: "lion.finishApproval",
                        weight: approval.missing === 0 ? "primary" : "secondary",
                        disabled: !decides,
                      },
                      tools,
                    )
                  : nothing
              }
            </div>`
      }
    </section>`;
}

function missingText({ missing }: ApprovalProgress, { text, formats }: CandidateTools): string {
  return missing === 0 ? text("complete") : text("missing", formats.whole(missing));
}

function sampleTemplate(sample: SampleProgress, { text, formats }: CandidateTools): TemplateResult {
  const { size, inspected, refused, bound, limit } = sample;
  const state = sample.acceptable ? "sampleAcceptable" : inspected >= size && bound >= limit ? "sampleTooMany" : null;
  return html`
    <div class="approval-facts sample">
      <span>${text("sampleInspected", formats.whole(inspected), formats.whole(size), formats.whole(refused))}</span>
      ${scaleTemplate({
        value: bound,
        from: inspected === 0 ? 0 : refused / inspected,
        limit,
        top: topOf(bound, limit),
      })}
      <span>${text("sampleBound", formats.percent(bound), formats.percentTick(sample.confidence), formats.percentTick(limit))}</span>
      ${state === null ? nothing : html`<strong class=${state === "sampleTooMany" ? "warn" : ""}>${text(state)}</strong>`}
    </div>`;
}
