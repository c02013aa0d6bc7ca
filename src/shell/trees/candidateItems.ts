import type { CandidateBucket, CandidateRow } from "../../core/browse/types.ts";
import { type InvalidReason, REASON_SENTENCES } from "../../core/generator/filters.ts";
import type { CandidateState } from "../../core/review/candidateState.ts";
import type { Icon, ItemModel } from "./itemModel.ts";
import type { Localizer } from "./localizer.ts";
import { oneLine } from "./text.ts";

/** Why a person refuses or excludes an instruction: codes that are stored, with what they mean. */
export function reasonChoices(l10n: Localizer): ReadonlyArray<{ readonly code: string; readonly meaning: string }> {
  return [
    { code: "wrong-or-unanswerable", meaning: l10n.t("It is wrong, or nobody could answer it.") },
    { code: "unclear", meaning: l10n.t("It does not say what is wanted.") },
    { code: "duplicate", meaning: l10n.t("There is one like it already.") },
    { code: "unsafe", meaning: l10n.t("It should not be taught.") },
    { code: "off-topic", meaning: l10n.t("It is not what the student is for.") },
  ];
}

const STATE_ICONS: Readonly<Record<CandidateState, Icon>> = {
  waiting: { id: "inbox", color: "charts.yellow" },
  disputed: { id: "comment-discussion", color: "charts.orange" },
  approved: { id: "pass", color: "charts.green" },
  refused: { id: "circle-slash", color: "charts.red" },
  filtered: { id: "filter", color: "disabledForeground" },
  excluded: { id: "trash", color: "disabledForeground" },
  replaced: { id: "edit", color: "disabledForeground" },
};

export function candidateBucketItem(
  { id, state, count, byHalf }: CandidateBucket,
  checked: boolean | undefined,
  l10n: Localizer,
): ItemModel {
  const label = stateTitle(state, l10n);
  const halves = halfCounts(byHalf, l10n);
  return {
    id: `review:${id}`,
    label,
    description: [l10n.count(count), ...(halves.length > 0 ? [halves.join(", ")] : [])].join(" · "),
    tooltip: [l10n.t("{0}: {1}", label, l10n.count(count)), ...halves].join("\n"),
    icon: STATE_ICONS[state],
    // Never ".waiting": the menus of the candidates themselves look for that.
    contextValue: `bucket:review:${state}`,
    children: count === 0 ? "none" : state === "waiting" ? "expanded" : "collapsed",
    accessibilityLabel: [label, l10n.count(count), ...halves].join(", "),
    ...(checked !== undefined && { checked }),
  };
}

export function candidateItem(candidate: CandidateRow, checked: boolean | undefined, l10n: Localizer): ItemModel {
  const { id, state, iteration, half, nearestScore } = candidate;
  const text = oneLine(candidate.text);
  const seed = half === null ? l10n.t("imported") : halfWord(half, l10n);
  const why = whyNot(candidate);
  const nearest = nearestScore === null ? [] : [l10n.t("nearest {0}", l10n.score(nearestScore))];
  const facts = [seed, ...(why === null ? nearest : [oneLine(why, 60)])];
  return {
    id: `review:${state}:${id}`,
    label: text === "" ? l10n.t("(empty)") : text,
    description: facts.join(" · "),
    tooltip: candidateTooltip(candidate, l10n),
    icon: state === "waiting" ? halfIcon(half) : STATE_ICONS[state],
    contextValue: `instruction.review.${state}`,
    children: "none",
    accessibilityLabel: [stateTitle(state, l10n), l10n.t("candidate {0}", id), text, ...facts].join(", "),
    command: {
      command: "lion.openInstruction",
      title: l10n.t("Open Instruction"),
      // One is read, checked with a key, and the next one is read.
      arguments: [{ instructionId: id, iteration, preserveFocus: true }],
    },
    ...(checked !== undefined && { checked }),
  };
}

/** What the view says above its tree; nothing when none is checked. */
export function checkedMessage(checked: number, l10n: Localizer): string {
  return checked === 0 ? "" : l10n.t("{0} checked", l10n.count(checked));
}

export function stateTitle(state: CandidateState, l10n: Localizer): string {
  const titles: Readonly<Record<CandidateState, string>> = {
    waiting: l10n.t("Waiting"),
    disputed: l10n.t("Disputed"),
    approved: l10n.t("Approved"),
    refused: l10n.t("Refused"),
    filtered: l10n.t("Filtered"),
    excluded: l10n.t("Excluded"),
    replaced: l10n.t("Replaced"),
  };
  return titles[state];
}

function halfWord(half: "hard" | "easy", l10n: Localizer): string {
  return half === "hard" ? l10n.t("from a hard one") : l10n.t("from an easy one");
}

function halfIcon(half: "hard" | "easy" | null): Icon {
  return half === "hard" ? { id: "flame" } : { id: half === "easy" ? "pass" : "cloud-download" };
}

function halfCounts(byHalf: CandidateBucket["byHalf"], l10n: Localizer): string[] {
  return [
    ...(byHalf.hard > 0 ? [l10n.t("{0} hard", l10n.count(byHalf.hard))] : []),
    ...(byHalf.easy > 0 ? [l10n.t("{0} easy", l10n.count(byHalf.easy))] : []),
    ...(byHalf.imported > 0 ? [l10n.t("{0} imported", l10n.count(byHalf.imported))] : []),
  ];
}

function whyNot({ filter, reason }: CandidateRow): string | null {
  return reason ?? filter;
}

function candidateTooltip(candidate: CandidateRow, l10n: Localizer): string {
  const { id, state, iteration, parentId, nearestId, nearestScore, filter, reason } = candidate;
  const sentence = filter === null ? undefined : REASON_SENTENCES[filter as InvalidReason];
  return [
    oneLine(candidate.text, 600),
    `#${id} · ${stateTitle(state, l10n)} · ${l10n.t("iteration {0}", iteration)}`,
    ...(parentId === null ? [] : [l10n.t("Written from #{0}", parentId)]),
    ...(nearestId === null || nearestScore === null
      ? []
      : [l10n.t("Nearest: #{0}, ROUGE-L {1}", nearestId, l10n.score(nearestScore))]),
    // The reason of a filter mostly begins with its sentence.
    ...(filter === null || (sentence && reason?.startsWith(sentence))
      ? []
      : [l10n.t("Filter: {0}", sentence ?? oneLine(filter))]),
    ...(reason === null ? [] : [l10n.t("Reason: {0}", oneLine(reason, 300))]),
  ].join("\n");
}
