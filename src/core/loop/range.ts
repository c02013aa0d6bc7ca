import { shareWithInterval } from "../evaluation/curve.ts";

/** A quantity that is known to lie, most probably, between two bounds. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const NONE: Range = { low: 0, high: 0 };

/** Normal deviations on either side that a range allows for. */
const DEVIATIONS = 2;

export function exactly(value: number): Range {
  return { low: value, high: value };
}

export function sum(...ranges: readonly Range[]): Range {
  return {
    low: ranges.reduce((total, { low }) => total + low, 0),
    high: ranges.reduce((total, { high }) => total + high, 0),
  };
}

/** The product of two ranges that are not negative. */
export function times(a: Range, b: Range): Range {
  return { low: a.low * b.low, high: a.high * b.high };
}

/** Whole numbers: outwards. Sums of binary fractions that miss a whole number by their dirt count as it. */
export function whole({ low, high }: Range): Range {
  const dirt = 1e-6;
  return { low: Math.max(0, Math.floor(low + dirt)), high: Math.max(0, Math.ceil(high - dirt)) };
}

export function clamp({ low, high }: Range, most: number): Range {
  return { low: Math.min(low, most), high: Math.min(high, most) };
}

/** A share that was counted. @param all whether everything was counted, not a sample. */
export function shareOf(hits: number, count: number, all = false): Range {
  const share = shareWithInterval(hits, count);
  return share === null ? { low: 0, high: 1 } : all ? exactly(share.value) : { low: share.low, high: share.high };
}

/** How many of a number of items belong to a share of all, when which ones is chance. */
export function portion(items: Range, share: Range): Range {
  const spread = (count: number, part: number): number => DEVIATIONS * Math.sqrt(count * part * (1 - part));
  return {
    low: Math.max(0, items.low * share.low - spread(items.low, share.low)),
    high: Math.min(items.high, items.high * share.high + spread(items.high, share.high)),
  };
}

/** How many items are looked at until `wanted` of a share are found (negative binomial; at least `wanted`). */
export function until(wanted: number, share: number): Range {
  if (wanted <= 0) {
    return NONE;
  }
  if (share <= 0) {
    return exactly(Number.POSITIVE_INFINITY);
  }
  const spread = (DEVIATIONS * Math.sqrt(wanted * (1 - share))) / share;
  return { low: Math.max(wanted, wanted / share - spread), high: wanted / share + spread };
}
