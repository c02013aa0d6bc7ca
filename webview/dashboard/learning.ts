import type { DashboardTarget, GapSummary, Interval, IterationFigures } from "../../src/protocol/dashboard.ts";
import type { Point, Series, SeriesChart } from "./charts/kinds.ts";
import { intervalCell, intervalTitle, type MakeFigure, type Wording } from "./figure.ts";

export const PANEL_COLOUR = "var(--vscode-charts-blue)";
export const DRAW_COLOUR = "var(--vscode-charts-yellow)";

type Write = (value: number) => string;
type Measure = (summary: GapSummary) => Interval | null;

const meanGap: Measure = (summary) => summary.meanGap;
const hardShare: Measure = (summary) => summary.hardShare;

/** Points of a figure with intervals, one an iteration. */
export function intervalPoints(
  iterations: readonly IterationFigures[],
  measure: (iteration: IterationFigures) => Interval | null,
  target: (iteration: number) => DashboardTarget,
  options: { readonly label: string; readonly wording: Wording; readonly write: (value: number) => string },
): Point[] {
  const { label, wording, write } = options;
  return iterations.flatMap((iteration) => {
    const interval = measure(iteration);
    if (!interval) {
      return [];
    }
    const { value, low, high } = interval;
    const head = wording.text("pointTitle", label, wording.formats.whole(iteration.number), write(value));
    return [
      {
        at: iteration.number,
        value,
        low,
        high,
        title: `${head}\n${intervalTitle(interval, wording, write)}`,
        target: target(iteration.number),
      },
    ];
  });
}

/** The distillation curve: the fixed panel's mean gap and hard share, with the draws' beside them. */
export const learningFigure: MakeFigure = ({ iterations }, wording) => {
  const { text, formats } = wording;
  const rated = iterations.filter(({ panel, draw }) => panel.rated > 0 || draw.rated > 0);
  if (rated.length === 0) {
    return null;
  }
  const chart = (measure: Measure, write: Write, tick: Write): SeriesChart => {
    const series = (of: "panel" | "draw", rest: Pick<Series, "colour" | "marker" | "dashed">): Series => ({
      ...rest,
      label: text(of),
      points: intervalPoints(rated, (one) => measure(one[of]), of === "panel" ? panelRows : drawRows, {
        label: text(of),
        wording,
        write,
      }),
    });
    return {
      kind: "series",
      series: [
        series("panel", { colour: PANEL_COLOUR, marker: "circle" }),
        series("draw", { colour: DRAW_COLOUR, marker: "square", dashed: true }),
      ],
      includes: [0],
      tick,
    };
  };
  const score = (value: number): string => formats.score(value);
  const percent = (value: number): string => formats.percent(value);
  return {
    id: "learning",
    title: text("learningTitle"),
    caption: text("learningCaption"),
    span: "wide",
    charts: [
      { heading: text("meanGap"), chart: chart(meanGap, score, (value) => formats.tick(value)) },
      { heading: text("hardShare"), chart: chart(hardShare, percent, (value) => formats.percentTick(value)) },
    ],
    tables: [
      {
        caption: text("learningTitle"),
        columns: [
          text("iteration"),
          text("panelMeanGap"),
          text("panelHardShare"),
          text("drawMeanGap"),
          text("drawHardShare"),
          text("rated"),
        ],
        rows: rated.map(({ number, panel, draw, cachePool, mode }) => [
          { text: formats.whole(number) },
          intervalCell(panel.meanGap, wording, score, panelRows(number)),
          intervalCell(panel.hardShare, wording, percent, panelRows(number)),
          intervalCell(draw.meanGap, wording, score, drawRows(number)),
          intervalCell(draw.hardShare, wording, percent, { rows: "cache", iteration: number, bucket: "hard" }),
          {
            text: text("ratedOf", formats.whole(draw.rated), formats.whole(cachePool)),
            title: text(mode === "lazy" ? "lazyTitle" : "fullTitle"),
            target: drawRows(number),
          },
        ]),
      },
    ],
  };
};

function panelRows(iteration: number): DashboardTarget {
  return { rows: "panel", iteration };
}

function drawRows(iteration: number): DashboardTarget {
  return { rows: "cache", iteration };
}

/** Exact match on the evaluation set, where there is one. */
export const exactMatchFigure: MakeFigure = ({ iterations }, wording) => {
  const { text, formats } = wording;
  const scored = iterations.flatMap(({ number, exactMatch }) => (exactMatch ? [{ number, exactMatch }] : []));
  if (scored.length === 0) {
    return null;
  }
  const percent = (value: number): string => formats.percent(value);
  const levels = [...new Set(scored.flatMap(({ exactMatch }) => exactMatch.levels.map(({ level }) => level)))].sort(
    (a, b) => a - b,
  );
  const rowsOf = (iteration: number): DashboardTarget => ({ rows: "evaluation", iteration });
  const points = intervalPoints(iterations, ({ exactMatch }) => exactMatch?.share ?? null, rowsOf, {
    label: text("exactMatch"),
    wording,
    write: percent,
  });
  const chart: SeriesChart = {
    kind: "series",
    series: [{ label: text("student"), colour: "var(--vscode-charts-green)", marker: "diamond", points }],
    includes: [0],
    tick: (value) => formats.percentTick(value),
  };
  return {
    id: "exactMatch",
    title: text("exactMatchTitle"),
    caption: text("exactMatchCaption"),
    charts: [{ heading: "", chart }],
    tables: [
      {
        caption: text("exactMatchTitle"),
        columns: [text("iteration"), text("exactMatch"), ...levels.map((level) => text("level", formats.whole(level)))],
        rows: scored.map(({ number, exactMatch }) => [
          { text: formats.whole(number) },
          intervalCell(exactMatch.share, wording, percent, rowsOf(number)),
          ...levels.map((level) => {
            const found = exactMatch.levels.find((one) => one.level === level);
            return { text: found ? text("of", formats.whole(found.correct), formats.whole(found.total)) : "–" };
          }),
        ]),
      },
    ],
  };
};
