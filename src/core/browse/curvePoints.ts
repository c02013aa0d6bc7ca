import { CURVE_METRICS, type CurveAxis, type CurveMetric, firstNotBelow, type TrainingCurve } from "./trainingCurve.ts";

/** Which part of a curve is wanted, and how. */
export interface CurveQuery {
  readonly axis: CurveAxis;
  /** Bounds on the axis; null where there is none. */
  readonly from: number | null;
  readonly to: number | null;
  /** Weight of what was before, from 0 (as measured) to below 1. */
  readonly smoothing: number;
}

/** Steps of a curve as they are drawn; `values[metric][i]` is what was measured at `x[i]`, null where nothing was. */
export interface CurvePoints {
  readonly x: readonly number[];
  readonly step: readonly number[];
  readonly values: Readonly<Record<CurveMetric, ReadonlyArray<number | null>>>;
  /** Smoothed over all steps, also those that are left out; null without smoothing. */
  readonly smooth: Readonly<Partial<Record<CurveMetric, ReadonlyArray<number | null>>>> | null;
  /** Steps between the bounds. Where it is more than are here, the rest lies between two that are. */
  readonly count: number;
}

/** Steps that are drawn as they are; more are thinned. */
const MOST_STEPS = 1200;
/** Stretches that a thinned curve has; each keeps its first step and the steps with a metric's extremes. */
const STRETCHES = 180;
/** Significant digits: more than a screen shows, and short in a message. */
const DIGITS = 5;
/** The held-out loss is measured now and then, and the learning rate is no measurement. */
const SMOOTHED: readonly CurveMetric[] = ["loss", "norm", "speed"];

/**
 * What is drawn of a curve. A long one is thinned to steps that were really taken: of each stretch those with the least and
 * the greatest value of each metric, so that no spike is lost.
 */
export function curvePoints(curve: TrainingCurve, query: CurveQuery): CurvePoints {
  const axis = curve.column(query.axis);
  // One step beyond each bound, so that the line goes on to the edge.
  const begin = Math.max(0, firstNotBelow(axis, query.from ?? Number.NEGATIVE_INFINITY) - 1);
  const end = Math.min(axis.length, firstNotBelow(axis, query.to ?? Number.POSITIVE_INFINITY) + 1);
  const chosen = end - begin <= MOST_STEPS ? range(begin, end) : thinned(curve, begin, end);
  const pick = (column: readonly number[]): Array<number | null> => chosen.map((index) => short(column[index]));
  const steps = curve.column("step");
  return {
    x: chosen.map((index) => short(axis[index], 12) ?? 0),
    step: query.axis === "step" ? [] : chosen.map((index) => steps[index] as number),
    values: recordOf(CURVE_METRICS, (metric) => pick(curve.column(metric))),
    smooth:
      query.smoothing > 0
        ? recordOf(SMOOTHED, (metric) => pick(smoothed(curve.column(metric), query.smoothing, end)))
        : null,
    count: Math.max(0, end - begin),
  };
}

/** Indices between `begin` and `end` that keep every extreme of every metric. */
function thinned(curve: TrainingCurve, begin: number, end: number): number[] {
  const kept = new Set<number>([begin, end - 1]);
  const columns = CURVE_METRICS.map((metric) => curve.column(metric));
  const width = (end - begin) / STRETCHES;
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    const from = begin + Math.floor(stretch * width);
    const to = Math.min(end, begin + Math.floor((stretch + 1) * width));
    kept.add(from);
    for (const column of columns) {
      for (const index of extremes(column, from, to)) {
        kept.add(index);
      }
    }
  }
  return [...kept].sort((a, b) => a - b);
}

/** Where a column is least and greatest between two indices; nothing where it has no values there. */
function extremes(column: readonly number[], from: number, to: number): number[] {
  let least = -1;
  let greatest = -1;
  for (let index = from; index < to; index++) {
    const value = column[index] as number;
    if (Number.isNaN(value)) {
      continue;
    }
    if (least === -1 || value < (column[least] as number)) {
      least = index;
    }
    if (greatest === -1 || value > (column[greatest] as number)) {
      greatest = index;
    }
  }
  return least === -1 ? [] : [least, greatest];
}

/**
 * An exponential mean that does not lean on its start: Σ wᵏ·x / Σ wᵏ, as TensorBoard smooths. What is missing stays missing
 * and changes nothing.
 */
function smoothed(column: readonly number[], weight: number, end: number): number[] {
  const result: number[] = [];
  let sum = 0;
  let weights = 0;
  for (const value of column.slice(0, end)) {
    if (Number.isNaN(value)) {
      result.push(Number.NaN);
      continue;
    }
    sum = sum * weight + value;
    weights = weights * weight + 1;
    result.push(sum / weights);
  }
  return result;
}

function range(begin: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - begin) }, (_, index) => begin + index);
}

function short(value: number | undefined, digits = DIGITS): number | null {
  return value === undefined || Number.isNaN(value) ? null : Number(value.toPrecision(digits));
}

function recordOf<K extends string, V>(keys: readonly K[], of: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, V>;
}
