import type { DashboardTarget } from "../../../src/protocol/dashboard.ts";

/** One point of a series; `at` is the iteration. */
export interface Point {
  readonly at: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** What the pointer is told. */
  readonly title: string;
  readonly target: DashboardTarget;
}

export type Marker = "circle" | "square" | "triangle" | "diamond";

/** Told apart by colour, marker and stroke, so that no one of them must be seen. */
export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly marker: Marker;
  readonly dashed?: boolean;
  readonly points: readonly Point[];
}

export interface SeriesChart {
  readonly kind: "series";
  readonly series: readonly Series[];
  /** Ends of the vertical axis that are always in sight. */
  readonly includes: readonly number[];
  /** A line to compare with. */
  readonly reference?: number;
  readonly tick: (value: number) => string;
}

/** A part of a bar. */
export interface Part {
  readonly at: number;
  readonly key: string;
  readonly value: number;
  readonly title: string;
  readonly target: DashboardTarget;
}

/** How a key is filled: a colour or a pattern of the page. */
export interface Key {
  readonly key: string;
  readonly label: string;
  readonly fill: string;
}

export interface BarChart {
  readonly kind: "bars";
  readonly keys: readonly Key[];
  readonly parts: readonly Part[];
  readonly tick: (value: number) => string;
}

export interface HistogramChart {
  readonly kind: "histogram";
  readonly keys: readonly Key[];
  readonly bins: ReadonlyArray<{
    readonly from: number;
    readonly to: number;
    readonly key: string;
    readonly count: number;
    readonly title: string;
    readonly target: DashboardTarget;
  }>;
  readonly marks: ReadonlyArray<{ readonly at: number; readonly label: string }>;
  readonly tick: (value: number) => string;
}

export type Chart = SeriesChart | BarChart | HistogramChart;
