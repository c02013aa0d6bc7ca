import type { CompareFacts, RatingFacts, RefereeFacts } from "../../core/browse/compareItem.ts";
import type { LineageFacts } from "../../core/browse/lineage.ts";
import type { CompareItem, Lineage, RatingView, RefereeView } from "../../protocol/compare.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";
import { originWord } from "../trees/verdictWords.ts";
import { answerView, relativeView } from "./answerView.ts";
import { decisionView } from "./decisionView.ts";

/** How a person sees a comparison. */
export interface CompareViewer {
  readonly actor: string;
  /** Names, scores, history and earlier decisions are held back. */
  readonly blind: boolean;
  /** Left and right where it is blind. */
  readonly sides: readonly ["teacher", "student"] | readonly ["student", "teacher"];
}

/** A comparison with its words, as the page shows it. */
export function compareView(
  facts: CompareFacts,
  { actor, blind, sides }: CompareViewer,
  words: Localizer,
): CompareItem {
  const { instructionId, iteration, turns, input, system, referee, history, standing, suggestions } = facts;
  const [left, right] = blind ? sides : (["teacher", "student"] as const);
  return {
    ...{ instructionId, iteration, turns, input, system, blind },
    sides: [answerView(facts[left], left, blind, words), answerView(facts[right], right, blind, words)],
    referee: referee === null || blind ? null : refereeView(referee, words),
    history: blind ? [] : history,
    lineage: lineageView(facts.lineage, words),
    standing: blind ? [] : standing.map((one) => decisionView(one, actor, words)),
    disputed: !blind && facts.isDisputed,
    suggestions: blind ? [] : suggestions.map((one) => decisionView(one, actor, words)),
    excluded: facts.excluded === null ? null : oneLine(facts.excluded, 200),
  };
}

function refereeView(referee: RefereeFacts, words: Localizer): RefereeView {
  return { ...referee, ratings: referee.ratings.map((rating) => ratingView(rating, words)) };
}

function ratingView({ ratingId: _, unparsed, model, ...rating }: RatingFacts, words: Localizer): RatingView {
  return {
    ...rating,
    unparsed: unparsed === null ? null : unparsedSentence(unparsed, words),
    model: oneLine(model, 60),
  };
}

function unparsedSentence(reason: string, words: Localizer): string {
  return words.t("The reply could not be read as scores: {0}", oneLine(reason, 200));
}

function lineageView(facts: LineageFacts, words: Localizer): Lineage {
  const { origin, sourceName, sourceLine, parent, children, childCount, supersedes, replacedBy, checkpoints } = facts;
  const source = sourceName === null ? [] : [oneLine(sourceName, 60)];
  const line = sourceLine === null ? [] : [words.t("line {0}", sourceLine)];
  return {
    childCount,
    origin: [originWord(origin, words), ...source, ...line].join(", "),
    parent: parent && relativeView(parent, words),
    children: children.map((child) => relativeView(child, words)),
    supersedes: supersedes && relativeView(supersedes, words),
    replacedBy: replacedBy && relativeView(replacedBy, words),
    checkpoints: checkpoints.map((iteration) => words.t("Student v{0}", iteration)),
  };
}
