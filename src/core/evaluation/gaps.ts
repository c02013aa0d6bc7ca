import type { GapBin, GapKind, GapSummary, Interval } from "../../protocol/dashboard.ts";
import { isHard, isStudentAhead } from "../referee/verdict.ts";
import { type Estimate, meanOfCounts, shareWithInterval } from "./curve.ts";

/** How often a gap occurs among the verdicts of one iteration; the gap is null for the unscored. */
export interface GapCount {
  readonly gap: number | null;
  readonly count: number;
}

/** Width of a histogram's bin, in points of the referee's scale. */
const BIN_WIDTH = 0.5;

/** Gaps have four decimals at most; bins are compared as whole numbers of the last one. */
const UNITS = 10_000;
const units = (gap: number): number => Math.round(gap * UNITS);

/** The same estimate with null for a bound that is infinite, which JSON cannot say. */
export function toInterval(estimate: Estimate | null): Interval | null {
  const bound = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return estimate && { ...estimate, low: bound(estimate.low), high: bound(estimate.high) };
}

/** Counts, mean and hard share with their intervals; hard and easy follow from τ. */
export function gapSummary(counts: readonly GapCount[], tau: number, contradictory: number): GapSummary {
  const total = (of: (gap: number | null) => boolean): number =>
    counts.reduce((sum, { gap, count }) => sum + (of(gap) ? count : 0), 0);
  const scoredCounts = counts.flatMap(({ gap, count }) => (gap === null ? [] : [{ value: gap, count }]));
  const rated = total(() => true);
  const unscored = total((gap) => gap === null);
  const hard = total((gap) => gap !== null && isHard(gap, tau));
  return {
    rated,
    hard,
    easy: rated - unscored - hard,
    unscored,
    contradictory,
    studentAhead: total((gap) => gap !== null && isStudentAhead(gap, tau)),
    meanGap: toInterval(meanOfCounts(scoredCounts)),
    hardShare: toInterval(shareWithInterval(hard, rated - unscored)),
  };
}

/** Whether a gap lies in a bin: above 0 the lower end belongs to it, below 0 the upper end. */
export function isInBin(gap: number, { from, to }: Pick<GapBin, "from" | "to">): boolean {
  const [value, low, high] = [units(gap), units(from), units(to)];
  const aboveLow = low >= 0 ? value >= low : value > low;
  const belowHigh = high < 0 ? value <= high : value < high;
  return aboveLow && belowHigh;
}

/**
 * A histogram whose bins end at τ and −τ, so that each holds instructions of one kind. They are half a point wide, but
 * for one around 0 where τ is no multiple of that. Empty without gaps.
 */
export function gapBins(counts: readonly GapCount[], tau: number): GapBin[] {
  const scored = counts.flatMap(({ gap, count }) => (gap === null ? [] : [{ gap, count }]));
  if (scored.length === 0) {
    return [];
  }
  const gaps = scored.map(({ gap }) => gap);
  const edges = binEdges(Math.min(...gaps, -tau - BIN_WIDTH), Math.max(...gaps, tau + BIN_WIDTH), tau);
  return edges.slice(1).map((to, index) => {
    const bin = { from: edges[index] ?? to, to };
    const count = scored.reduce((sum, one) => sum + (isInBin(one.gap, bin) ? one.count : 0), 0);
    return { ...bin, kind: kindOf(bin, tau), count };
  });
}

function kindOf({ from, to }: Pick<GapBin, "from" | "to">, tau: number): GapKind {
  if (units(from) >= 0 && units(from) >= units(tau)) {
    return "hard";
  }
  return units(to) <= -units(tau) ? "studentAhead" : "easy";
}

/** Ends of the bins from below the lowest gap to above the highest, mirrored at 0. */
function binEdges(lowest: number, highest: number, tau: number): number[] {
  const reach = Math.max(units(highest), -units(lowest));
  const width = units(BIN_WIDTH);
  const above: number[] = [];
  for (let edge = units(tau) % width; edge <= reach + width; edge += width) {
    above.push(edge);
  }
  const mirrored = [...new Set([...above.map((edge) => -edge || 0), ...above])].sort((a, b) => a - b);
  const first = mirrored.findLastIndex((edge) => edge < units(lowest));
  const last = mirrored.findIndex((edge) => edge > units(highest));
  return mirrored.slice(first, last + 1).map((edge) => edge / UNITS);
}
