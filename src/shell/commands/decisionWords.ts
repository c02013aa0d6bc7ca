import type { Decision } from "../../core/store/decisions.ts";
import type { Localizer } from "../trees/localizer.ts";

type Kind = Decision["kind"];

/** What an undo took back, in words; `undone` are the decisions that it names. */
export function undoneSentence(undone: readonly Pick<Decision, "kind" | "subject">[], l10n: Localizer): string {
  const what = actSentence(undone, l10n);
  return what === null ? l10n.t("There is nothing of yours left to undo.") : l10n.t("Undone: {0}.", what);
}

/** What a redo made again, in words. */
export function redoneSentence(redone: readonly Pick<Decision, "kind" | "subject">[], l10n: Localizer): string {
  const what = actSentence(redone, l10n);
  return what === null ? l10n.t("There is nothing of yours left to redo.") : l10n.t("Done again: {0}.", what);
}

/** An act in words, such as “the approval of #12” or “300 approvals”; null for none. */
export function actSentence(act: readonly Pick<Decision, "kind" | "subject">[], l10n: Localizer): string | null {
  const [only] = act;
  if (!only) {
    return null;
  }
  if (act.length === 1) {
    return l10n.t("{0} of {1}", oneWord(only.kind, l10n), subjectWord(only.subject, l10n));
  }
  const counts = new Map<Kind, number>();
  for (const { kind } of act) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => manyWord(kind, count, l10n)).join(", ");
}

/** What was done to one or more instructions. */
export function doneSentence(kind: "approve" | "refuse" | "exclude", ids: readonly number[], l10n: Localizer): string {
  const one = {
    approve: l10n.t("Approved #{0}.", String(ids[0])),
    refuse: l10n.t("Refused #{0}.", String(ids[0])),
    exclude: l10n.t("Excluded #{0}.", String(ids[0])),
  };
  const count = l10n.count(ids.length);
  const many = {
    approve: l10n.t("Approved {0} candidates.", count),
    refuse: l10n.t("Refused {0} candidates.", count),
    exclude: l10n.t("Excluded {0} instructions.", count),
  };
  return ids.length === 1 ? one[kind] : many[kind];
}

function oneWord(kind: Kind, l10n: Localizer): string {
  const words: Readonly<Record<Kind, string>> = {
    approve: l10n.t("the approval"),
    refuse: l10n.t("the refusal"),
    override: l10n.t("the changed verdict"),
    agree: l10n.t("the confirmed verdict"),
    exclude: l10n.t("the exclusion"),
    edit: l10n.t("the edit"),
    correct: l10n.t("the corrected answer"),
    reject: l10n.t("the rejected answer"),
    finish: l10n.t("the finished approval"),
    undo: l10n.t("the undo"),
  };
  return words[kind];
}

function manyWord(kind: Kind, number: number, l10n: Localizer): string {
  const count = l10n.count(number);
  const words: Readonly<Record<Kind, string>> = {
    approve: l10n.t("{0} approvals", count),
    refuse: l10n.t("{0} refusals", count),
    override: l10n.t("{0} changed verdicts", count),
    agree: l10n.t("{0} confirmed verdicts", count),
    exclude: l10n.t("{0} exclusions", count),
    edit: l10n.t("{0} edits", count),
    correct: l10n.t("{0} corrected answers", count),
    reject: l10n.t("{0} rejected answers", count),
    finish: l10n.t("{0} finished approvals", count),
    undo: l10n.t("{0} undos", count),
  };
  return words[kind];
}

/** `instruction:12` is #12, `verdict:2:12` is #12 in iteration 2, `iteration:2` is iteration 2. */
function subjectWord(subject: string, l10n: Localizer): string {
  const [kind, first, second] = subject.split(":");
  switch (kind) {
    case "verdict":
      return l10n.t("#{0} in iteration {1}", second ?? "", first ?? "");
    case "iteration":
      return l10n.t("iteration {0}", first ?? "");
    default:
      return `#${first}`;
  }
}
