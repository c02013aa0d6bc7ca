import type { DashboardFigures, DashboardString, DashboardTarget, Interval } from "../../src/protocol/dashboard.ts";
import { type Formats, fill } from "../ui/format.ts";
import type { Cell, Table } from "../ui/table.ts";
import type { Chart } from "./charts/kinds.ts";

/** A picture with its words and its table. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  /** How much of the page's width it takes: two columns, or all of them; one when left out. */
  readonly span?: "wide" | "full";
  /** The histogram's iteration can be chosen. */
  readonly choosesIteration?: boolean;
  readonly charts: ReadonlyArray<{ readonly heading: string; readonly chart: Chart }>;
  /** The same figures, and what a picture cannot hold. */
  readonly tables: ReadonlyArray<Table<DashboardTarget>>;
}

export type FigureCell = Cell<DashboardTarget>;

/** What figures are worded with. */
export interface Wording {
  readonly text: (key: DashboardString, ...values: readonly string[]) => string;
  readonly formats: Formats;
}

export type MakeFigure = (figures: DashboardFigures, wording: Wording) => Figure | null;

/** Wording in the person's language. */
export function wordingOf(strings: Readonly<Record<DashboardString, string>>, formats: Formats): Wording {
  return { text: (key, ...values) => fill(strings[key], ...values), formats };
}

/** What an interval means, in words; for a title. */
export function intervalTitle(
  { low, high, count }: Interval,
  { text, formats }: Wording,
  write: (value: number) => string,
): string {
  return low === null || high === null
    ? text("noInterval", formats.whole(count))
    : text("interval", write(low), write(high), formats.whole(count));
}

/** A figure with its interval as a table's cell; a dash where there is none. */
export function intervalCell(
  interval: Interval | null,
  wording: Wording,
  write: (value: number) => string,
  target?: DashboardTarget,
): FigureCell {
  if (!interval) {
    return { text: "–" };
  }
  const { low, high } = interval;
  const range = low === null || high === null ? "" : ` (${write(low)} – ${write(high)})`;
  return {
    text: write(interval.value) + range,
    title: intervalTitle(interval, wording, write),
    ...(target && { target }),
  };
}
