import { html, nothing, type TemplateResult } from "lit";
import type { CandidateItem, CandidateString, RefusalReason } from "../../src/protocol/candidates.ts";
import { type Action, actionButton } from "../ui/actions.ts";
import { type KeyGroup, keyGroup } from "../ui/cheatSheet.ts";
import type { CandidateTools } from "./candidateTools.ts";

type CandidateAction = Action<CandidateString>;

/** The buttons under a candidate: decide, change, move. */
export function actionsOf(
  item: CandidateItem,
  tools: Pick<CandidateTools, "text">,
  { decides, moves }: { readonly decides: boolean; readonly moves: boolean },
): CandidateAction[][] {
  const off = { disabled: !decides };
  const stays = { disabled: !moves };
  const approve: CandidateAction =
    item.state === "filtered"
      ? { label: tools.text("overrule"), title: tools.text("overruleTitle"), command: "lion.candidate.approve" }
      : { command: "lion.candidate.approve" };
  return [
    [
      { ...approve, weight: "primary", ...off },
      { command: "lion.candidate.refuse", ...off },
      { command: "lion.queue.edit", ...off },
      { command: "lion.queue.exclude", ...off },
      { command: "lion.queue.note", ...off },
    ],
    [
      { command: "lion.queue.skip", ...stays },
      { command: "lion.queue.previous", ...stays },
      { command: "lion.queue.next", ...stays },
    ],
  ];
}

/** A row of reasons: to refuse for one of them is one key. */
export function reasonsTemplate(
  reasons: readonly RefusalReason[],
  tools: CandidateTools,
  { decides }: { readonly decides: boolean },
): TemplateResult | typeof nothing {
  return reasons.length === 0
    ? nothing
    : html`
      <div class="action-group reasons" role="group" aria-labelledby="reasons-title">
        <span id="reasons-title" class="quiet">${tools.text("refuseBecause")}</span>
        ${reasons.map(({ code, meaning, key }) =>
          actionButton(
            {
              ...{ command: "lion.candidate.refuseAs", argument: code, label: meaning, key, weight: "chip" },
              disabled: !decides,
            },
            tools,
          ),
        )}
      </div>`;
}

/** All keys of the page, as the cheat sheet lists them. */
export function keyGroupsOf(tools: CandidateTools, reasons: readonly RefusalReason[]): KeyGroup[] {
  const decide = keyGroup<CandidateString>(
    tools.text("groupDecide"),
    [
      ...(["lion.candidate.approve", "lion.candidate.refuse", "lion.queue.accept", "lion.queue.edit"] as const),
      ...(["lion.queue.exclude", "lion.queue.note", "lion.candidate.bulk", "lion.candidate.approveRest"] as const),
      ...(["lion.finishApproval", "lion.undo", "lion.redo"] as const),
    ],
    tools,
  );
  return [
    decide,
    {
      title: tools.text("refuseReasons"),
      entries: reasons.map(({ key, meaning }) => ({ key, label: meaning })),
    },
    keyGroup(
      tools.text("groupMove"),
      ["lion.queue.next", "lion.queue.previous", "lion.queue.skip", "lion.queue.choose"],
      tools,
    ),
    keyGroup(
      tools.text("groupShow"),
      ["lion.queue.marks", "lion.queue.details", "lion.queue.plain", "lion.queue.diff", "lion.queue.help"],
      tools,
    ),
    keyGroup(tools.text("groupEdit"), ["lion.queue.saveEdit", "lion.queue.cancelEdit"], tools),
  ].filter(({ entries }) => entries.length > 0);
}
