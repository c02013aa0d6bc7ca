import type { RunCurve, RunMetric } from "../../src/protocol/training.ts";
import type { RunStyle } from "./styles.ts";

/** A training whose curves are drawn. */
export interface DrawnRun {
  readonly id: string;
  readonly name: string;
  readonly style: RunStyle;
  readonly curve: RunCurve;
}

/** One line of a chart. */
export interface Line {
  readonly style: RunStyle;
  /** Drawn behind, as what was measured beside what is smoothed. */
  readonly faint: boolean;
  readonly x: readonly number[];
  readonly y: ReadonlyArray<number | null>;
}

/** A chart's columns as the plot takes them: the places, and each line's values there. */
export type Columns = [number[], ...Array<Array<number | null>>];

/** Rows of a table at most: enough to follow a curve by, few enough to listen to. */
const TABLE_ROWS = 20;

/**
 * The lines of a metric as they are painted over each other: what was measured behind what is smoothed, and the first training,
 * which is the newest, above the others.
 *
 * @param log leaves out what has no logarithm.
 */
export function linesOf(metric: RunMetric, runs: readonly DrawnRun[], log: boolean): Line[] {
  const line = (
    { style, curve }: DrawnRun,
    values: ReadonlyArray<number | null> | undefined,
    faint: boolean,
  ): Line[] =>
    values
      ? [{ style, faint, x: curve.x, y: log ? values.map((one) => (one !== null && one > 0 ? one : null)) : values }]
      : [];
  const ordered = runs.toReversed();
  return [
    ...ordered.flatMap((run) => line(run, run.curve.values[metric], run.curve.smooth?.[metric] !== undefined)),
    ...ordered.flatMap((run) => line(run, run.curve.smooth?.[metric], false)),
  ];
}

/** Whether anything was measured. */
export function isMeasured(metric: RunMetric, runs: readonly DrawnRun[]): boolean {
  return runs.some(({ curve }) => curve.values[metric].some((value) => value !== null));
}

/** Lines with places of their own as columns over all places. */
export function columnsOf(lines: readonly Line[]): Columns {
  const places = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const index = new Map(places.map((place, at) => [place, at]));
  const columns = lines.map(({ x, y }) => {
    const column = new Array<number | null>(places.length).fill(null);
    for (const [at, place] of x.entries()) {
      column[index.get(place) as number] = y[at] ?? null;
    }
    return column;
  });
  return [places, ...columns];
}

/** Places at which a metric was measured, by any training, rising. */
export function placesOf(metric: RunMetric, runs: readonly DrawnRun[]): number[] {
  const places = runs.flatMap(({ curve }) => curve.x.filter((_, at) => curve.values[metric][at] !== null));
  return [...new Set(places)].sort((a, b) => a - b);
}

/** A training's value at a place or the nearest one that was measured; null outside of what it has measured. */
export function valueAt(metric: RunMetric, { curve }: DrawnRun, place: number): number | null {
  const { x } = curve;
  const values = curve.values[metric];
  const at = nearest(x, place, (index) => values[index] !== null);
  const [first, last] = [x[0], x.at(-1)];
  return at === null || first === undefined || last === undefined || place < first || place > last
    ? null
    : (values[at] ?? null);
}

/** The step that is nearest to a place; null without any. */
export function stepAt({ curve }: DrawnRun, place: number): number | null {
  const at = nearest(curve.x, place, () => true);
  return at === null ? null : (curve.step[at] ?? curve.x[at] ?? null);
}

/** The place that many measured ones further on, or back; the nearest one when there is no place yet. */
export function movedBy(places: readonly number[], place: number | null, by: number): number | null {
  if (places.length === 0) {
    return null;
  }
  if (place === null) {
    return (by < 0 ? places.at(-1) : places[0]) ?? null;
  }
  const at = nearest(places, place, () => true) ?? 0;
  return places[Math.min(places.length - 1, Math.max(0, at + by))] ?? null;
}

/** Some of the places, evenly spread, the first and the last among them. */
export function tablePlaces(places: readonly number[]): number[] {
  const rows = Math.min(TABLE_ROWS, places.length);
  const at = (row: number): number => Math.round((row * (places.length - 1)) / Math.max(1, rows - 1));
  return Array.from({ length: rows }, (_, row) => places[at(row)] as number);
}

/** The index of the nearest value that fits, in a column that rises; null when none does. */
function nearest(column: readonly number[], value: number, fits: (index: number) => boolean): number | null {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((column[middle] as number) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  let [before, after] = [low - 1, low];
  while (before >= 0 && !fits(before)) {
    before--;
  }
  while (after < column.length && !fits(after)) {
    after++;
  }
  if (before < 0 || after >= column.length) {
    return before >= 0 ? before : after < column.length ? after : null;
  }
  return value - (column[before] as number) < (column[after] as number) - value ? before : after;
}
