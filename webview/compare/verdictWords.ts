import type { CompareString, RefereeView, RefereeWarning, TauPreview } from "../../src/protocol/compare.ts";
import type { Wording } from "./compareTools.ts";

const WARNINGS: Readonly<Record<RefereeWarning, CompareString>> = {
  contradictory: "warnContradictory",
  unparsed: "warnUnparsed",
  longer: "warnLonger",
  first: "warnFirst",
  studentAhead: "warnStudentAhead",
};

/** The verdict in one sentence: who is ahead by how much, and what that makes of the instruction by τ. */
export function verdictSentence({ gap, half, tau }: RefereeView, { text, formats }: Wording): string {
  if (gap === null || half === null) {
    return text("unscored");
  }
  const [ahead, limit] = [formats.tick(Math.abs(gap)), formats.tick(tau)];
  if (gap === 0) {
    return text(half === "hard" ? "levelHard" : "levelEasy", limit);
  }
  return gap < 0
    ? text("studentAheadEasy", ahead, limit)
    : text(half === "hard" ? "teacherAheadHard" : "teacherAheadEasy", ahead, limit);
}

export function warningSentences({ warnings }: RefereeView, { text }: Wording): string[] {
  return warnings.map((warning) => text(WARNINGS[warning]));
}

/** What a τ makes of everything rated, and about how many are hard in the whole Cache. */
export function previewSentences(preview: TauPreview, { text, formats }: Wording): string[] {
  const { rated, total, hard, easy, unscored, projectedHard } = preview;
  const whole = (value: number): string => formats.whole(value);
  const counts = text("tauCounts", whole(rated), whole(total), whole(hard), whole(easy), whole(unscored));
  if (projectedHard === null) {
    return [counts];
  }
  const { low, high } = projectedHard;
  return [counts, low === high ? text("tauCacheExact", whole(low)) : text("tauCache", whole(low), whole(high))];
}

/** A gap with its sign, so that who is ahead is seen at once; a dash where there is none. */
export function signedGap(gap: number | null, { formats }: Pick<Wording, "formats">): string {
  return gap === null ? "–" : `${gap > 0 ? "+" : gap < 0 ? "−" : ""}${formats.tick(Math.abs(gap))}`;
}

/** Where a gap from −9 to 9 stands on a scale, from 0 to 100. */
export function placeOnScale(gap: number): number {
  return (Math.min(9, Math.max(-9, gap)) + 9) / 0.18;
}
