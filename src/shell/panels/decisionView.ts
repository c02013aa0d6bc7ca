import type { DecisionFacts } from "../../core/browse/decisionFacts.ts";
import type { StandingDecision } from "../../protocol/queue.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";

const REASON_LENGTH = 200;
const NOTE_LENGTH = 2000;

/** A decision or a suggestion as a page shows it to a person. */
export function decisionView(facts: DecisionFacts, actor: string, words: Localizer): StandingDecision {
  const { decisionId, what, note, at } = facts;
  return {
    ...{ decisionId, what, at },
    actor: oneLine(facts.actor),
    mine: facts.actor === actor,
    text: decisionText(facts, words),
    note: note === null ? null : note.slice(0, NOTE_LENGTH),
  };
}

function decisionText({ kind, what, half, gap, reason }: DecisionFacts, words: Localizer): string {
  const why = reason === null ? "" : oneLine(reason, REASON_LENGTH);
  switch (kind) {
    case "approve":
      return words.t("Approved");
    case "refuse":
      return words.t("Refused: {0}", why);
    case "exclude":
      return words.t("Excluded: {0}", why);
    case "agree":
      return half === null ? words.t("Agreed with the referee") : words.t("Agreed: {0}", halfWord(half, words));
    case "override":
      return overrideText(what, half, gap, words);
    case "edit":
      return words.t("Edited");
    case "correct":
      return words.t("Answer corrected");
    case "reject":
      return words.t("The teacher's answer is wrong");
    case "finish":
      return words.t("Approval finished");
    case "undo":
      return words.t("Undone");
  }
}

function overrideText(what: string, half: "hard" | "easy" | null, gap: number | null, words: Localizer): string {
  switch (what) {
    case "override:teacher":
      return words.t("Teacher better: hard");
    case "override:student":
      return words.t("Student better: easy");
    case "override:tie":
      return words.t("Tie: easy");
    case "override:scores":
      return words.t("Scored by hand: gap {0}", gap === null ? "–" : words.gap(gap));
    default:
      return words.t("Set to {0}", half === null ? "–" : halfWord(half, words));
  }
}

function halfWord(half: "hard" | "easy", words: Localizer): string {
  return half === "hard" ? words.t("hard") : words.t("easy");
}
