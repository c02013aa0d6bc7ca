import type { DashboardTarget, Interval, IterationFigures, Quartiles } from "../../src/protocol/dashboard.ts";
import type { Point, SeriesChart } from "./charts/kinds.ts";
import { type Figure, type FigureCell, intervalCell, type MakeFigure, type Wording } from "./figure.ts";
import { intervalPoints } from "./learning.ts";

function rowsOf(iteration: number): DashboardTarget {
  return { rows: "cache", iteration };
}

/** How long the compared answers are. */
export const lengthsFigure: MakeFigure = ({ iterations, sampleSize }, { text, formats }) => {
  const measured = iterations.filter(({ lengths }) => lengths.pairs > 0);
  if (measured.length === 0) {
    return null;
  }
  const range = ({ low, median, high }: Quartiles): string =>
    text("quartiles", formats.whole(median), formats.whole(low), formats.whole(high));
  const points = (of: "teacher" | "student"): Point[] =>
    measured.flatMap(({ number, lengths }) => {
      const quartiles = lengths[of];
      return quartiles === null
        ? []
        : [
            {
              at: number,
              value: quartiles.median,
              low: quartiles.low,
              high: quartiles.high,
              title: text("pointTitle", text(of), formats.whole(number), range(quartiles)),
              target: rowsOf(number),
            },
          ];
    });
  const chart: SeriesChart = {
    kind: "series",
    series: [
      { label: text("teacher"), colour: "var(--vscode-charts-blue)", marker: "circle", points: points("teacher") },
      {
        label: text("student"),
        colour: "var(--vscode-charts-yellow)",
        marker: "square",
        dashed: true,
        points: points("student"),
      },
    ],
    includes: [0],
    tick: (value) => formats.tick(value),
  };
  const cell = (quartiles: Quartiles | null, iteration: number): FigureCell =>
    quartiles ? { text: range(quartiles), target: rowsOf(iteration) } : { text: "–" };
  return {
    id: "lengths",
    title: text("lengthsTitle"),
    caption: text("lengthsCaption", formats.whole(sampleSize)),
    charts: [{ heading: "", chart }],
    tables: [
      {
        caption: text("lengthsTitle"),
        columns: [text("iteration"), text("teacher"), text("student"), text("pairs")],
        rows: measured.map(({ number, lengths }) => [
          { text: formats.whole(number) },
          cell(lengths.teacher, number),
          cell(lengths.student, number),
          { text: formats.whole(lengths.pairs) },
        ]),
      },
    ],
  };
};

interface Measure {
  readonly heading: string;
  readonly of: (iteration: IterationFigures) => Interval | null;
  readonly write: (value: number) => string;
  readonly tick: (value: number) => string;
  readonly includes: readonly number[];
  readonly reference?: number;
  readonly rows: (iteration: number) => DashboardTarget;
}

function measures({ text, formats }: Wording): Measure[] {
  const percent = (value: number): string => formats.percent(value);
  const percentTick = (value: number): string => formats.percentTick(value);
  return [
    {
      heading: text("flipRate"),
      of: ({ referee }) => referee.flipRate,
      write: percent,
      tick: percentTick,
      includes: [0, 0.1],
      rows: (iteration) => ({ rows: "cache", iteration, flag: "contradictory" }),
    },
    {
      heading: text("firstPositionRate"),
      of: ({ referee }) => referee.firstPositionRate,
      write: percent,
      tick: percentTick,
      includes: [0.4, 0.6],
      reference: 0.5,
      rows: rowsOf,
    },
    {
      heading: text("lengthCorrelation"),
      of: ({ referee: { lengthCorrelation: value, pairs } }) =>
        value === null ? null : { value, low: null, high: null, count: pairs },
      write: (value) => formats.score(value),
      tick: (value) => formats.tick(value),
      includes: [-0.2, 0.2],
      reference: 0,
      rows: rowsOf,
    },
    {
      heading: text("unparsedRate"),
      of: ({ referee }) => referee.unparsedRate,
      write: percent,
      tick: percentTick,
      includes: [0, 0.05],
      rows: (iteration) => ({ rows: "cache", iteration, bucket: "unscored" }),
    },
  ];
}

/** How the referee behaves, whatever it judges. */
export const refereeFigure: MakeFigure = ({ iterations, sampleSize }, wording) => {
  const { text, formats } = wording;
  const judged = iterations.filter(({ referee }) => referee.pairs > 0);
  if (judged.length === 0) {
    return null;
  }
  const shown = measures(wording);
  return {
    id: "referee",
    title: text("refereeTitle"),
    caption: text("refereeCaption", formats.whole(sampleSize)),
    span: "full",
    charts: shown.map(({ heading, of, write, tick, includes, reference, rows }): Figure["charts"][number] => ({
      heading,
      chart: {
        kind: "series",
        series: [
          {
            label: text("referee"),
            colour: "var(--vscode-charts-purple)",
            marker: "circle",
            points: intervalPoints(judged, of, rows, { label: heading, wording, write }),
          },
        ],
        includes,
        ...(reference !== undefined && { reference }),
        tick,
      },
    })),
    tables: [
      {
        caption: text("refereeTitle"),
        columns: [text("iteration"), ...shown.map(({ heading }) => heading), text("pairs")],
        rows: judged.map((iteration) => [
          { text: formats.whole(iteration.number) },
          ...shown.map(({ of, write, rows }) => {
            const interval = of(iteration);
            const hasRange = interval !== null && interval.low !== null;
            return hasRange || interval === null
              ? intervalCell(interval, wording, write, rows(iteration.number))
              : { text: write(interval.value), target: rows(iteration.number) };
          }),
          { text: formats.whole(iteration.referee.pairs) },
        ]),
      },
    ],
  };
};
