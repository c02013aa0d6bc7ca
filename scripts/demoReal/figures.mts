import { LcsMatcher } from "../../src/core/diversity/lcsMatcher.ts";
import { fm } from "../../src/core/diversity/rougeL.ts";
import { tokenizerFor } from "../../src/core/diversity/tokenize.ts";
import { type Estimate, meanWithInterval } from "../../src/core/evaluation/curve.ts";

/** What was said to one instruction before and after the training, and how the referee rated it. */
export interface Comparison {
  readonly instruction: string;
  readonly teacher: string;
  readonly before: string;
  readonly after: string;
  /** Teacher minus student; null when unscored. */
  readonly gapBefore: number | null;
  readonly gapAfter: number | null;
}

/** ROUGE-L F-measure of two texts, 0 to 1, in the reference's arithmetic, over Unicode words in lower case. */
export function rougeL(reference: string, answer: string): number {
  const { tokenize } = tokenizerFor("unicode");
  const numbers = new Map<string, number>();
  const numbered = (text: string): Int32Array =>
    Int32Array.from(tokenize(text), (token) => {
      const number = numbers.get(token) ?? numbers.size;
      numbers.set(token, number);
      return number;
    });
  const [a, b] = [numbered(reference), numbered(answer)];
  const matcher = new LcsMatcher();
  matcher.prepare(a, a.length, numbers.size);
  return fm(matcher.common(b, 0, b.length, 0), a.length, b.length);
}

/** A figure before and after, over the instructions that have it both times, and the mean of its change in each. */
export interface PairedFigure {
  readonly before: number;
  readonly after: number;
  readonly change: Estimate;
}

/** Means of what `of` says of the pairs; pairs without it on either side are left out. Null when none is left. */
export function paired<T>(
  items: readonly T[],
  of: (item: T) => readonly [before: number | null, after: number | null],
): PairedFigure | null {
  const pairs = items.flatMap((item) => {
    const [before, after] = of(item);
    return before === null || after === null ? [] : [{ before, after }];
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const change = meanWithInterval(pairs.map(({ before, after }) => after - before));
  return (
    change && { before: mean(pairs.map((pair) => pair.before)), after: mean(pairs.map((pair) => pair.after)), change }
  );
}

/** The items with the largest, the middle and the smallest gain: what went well, usual, and badly. */
export function bestMiddleWorst<T>(items: readonly T[], gain: (item: T) => number): T[] {
  const sorted = items
    .map((item, place) => ({ item, place, gain: gain(item) }))
    .sort((a, b) => b.gain - a.gain || a.place - b.place)
    .map(({ item }) => item);
  const places = new Set([0, Math.floor((sorted.length - 1) / 2), sorted.length - 1]);
  return [...places].flatMap((place) => sorted.slice(place, place + 1));
}
