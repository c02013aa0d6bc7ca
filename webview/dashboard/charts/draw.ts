import * as Plot from "@observablehq/plot";
import type { DashboardTarget } from "../../../src/protocol/dashboard.ts";
import type { BarChart, Chart, HistogramChart, Series, SeriesChart } from "./kinds.ts";

export interface Canvas {
  /** In pixels. */
  readonly width: number;
  readonly reveal: (target: DashboardTarget) => void;
}

const HEIGHT = 190;
/** Pixels that the name of an iteration needs on the axis. */
const TICK_ROOM = 34;
const TEXT = "var(--vscode-foreground)";
const QUIET = "var(--lion-line)";

const COMMON = { height: HEIGHT, marginTop: 14, marginRight: 12, marginBottom: 34, marginLeft: 46 };
const TIP = {
  fill: "var(--vscode-editorHoverWidget-background)",
  stroke: "var(--vscode-editorHoverWidget-border, var(--vscode-contrastBorder))",
  textPadding: 6,
} satisfies Plot.TipOptions;

/** Draws a chart as SVG. A click on a mark leads to its rows; the keyboard's way there is the table beside it. */
export function draw(chart: Chart, canvas: Canvas): Element {
  const picture = plot(chart, canvas);
  // Plot pins its hint when the pointer goes down, and the pinned hint takes the click that was meant for the mark.
  picture.addEventListener("pointerdown", (event) => event.stopImmediatePropagation(), { capture: true });
  return picture;
}

function plot(chart: Chart, canvas: Canvas): Element {
  switch (chart.kind) {
    case "series":
      return drawSeries(chart, canvas);
    case "bars":
      return drawBars(chart, canvas);
    case "histogram":
      return drawHistogram(chart, canvas);
  }
}

/** Makes the elements of a mark lead to the rows of their data. */
function leading<T extends { readonly target: DashboardTarget }>(
  data: readonly T[],
  { reveal }: Canvas,
): Plot.RenderFunction {
  return (index, scales, values, dimensions, context, next) => {
    const group = next?.(index, scales, values, dimensions, context) ?? null;
    for (const [place, element] of [...(group?.children ?? [])].entries()) {
      const datum = data[index[place] ?? -1];
      if (datum) {
        element.classList.add("leads");
        element.addEventListener("click", () => reveal(datum.target));
      }
    }
    return group;
  };
}

function iterationAxis(iterations: readonly number[], { width }: Canvas): Plot.Markish {
  const room = Math.max(1, Math.floor((width - COMMON.marginLeft) / TICK_ROOM));
  const every = Math.ceil(iterations.length / room);
  return Plot.axisX(
    iterations.filter((_, index) => index % every === 0),
    { label: null, tickSize: 0, tickFormat: String },
  );
}

function grid(tick: (value: number) => string): Plot.Markish[] {
  return [
    Plot.gridY({ stroke: QUIET, strokeOpacity: 1, ticks: 4 }),
    Plot.axisY({ label: null, tickSize: 0, ticks: 4, tickFormat: tick }),
  ];
}

function drawSeries(chart: SeriesChart, canvas: Canvas): Element {
  const points = chart.series.flatMap((series) => series.points);
  const iterations = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const shown = chart.series.filter((series) => series.points.length > 0);
  return Plot.plot({
    ...COMMON,
    width: canvas.width,
    x: { label: null, type: "point", domain: iterations, padding: 0.5 },
    y: { nice: true, label: null },
    marks: [
      ...grid(chart.tick),
      iterationAxis(iterations, canvas),
      Plot.ruleY(chart.includes, { stroke: "none" }),
      ...(chart.reference === undefined
        ? []
        : [Plot.ruleY([chart.reference], { stroke: TEXT, strokeDasharray: "1 3" })]),
      ...shown.flatMap((series, place) => seriesMarks(series, (place - (shown.length - 1) / 2) * 8, canvas)),
      Plot.tip(points, Plot.pointerX({ x: "at", y: "value", title: "title", ...TIP })),
    ],
  });
}

/** A line with its intervals, a little aside (`dx` pixels) so that those of two series don't cover each other. */
function seriesMarks({ points, colour, marker, dashed }: Series, dx: number, canvas: Canvas): Plot.Markish[] {
  const ranges = points.filter(({ low, high }) => low !== null && high !== null);
  return [
    Plot.link(ranges, { x1: "at", x2: "at", y1: "low", y2: "high", stroke: colour, strokeWidth: 1.5, dx }),
    Plot.dot(ranges, { x: "at", y: "low", r: 4, symbol: DASH, stroke: colour, dx }),
    Plot.dot(ranges, { x: "at", y: "high", r: 4, symbol: DASH, stroke: colour, dx }),
    Plot.line(points, {
      x: "at",
      y: "value",
      stroke: colour,
      strokeWidth: 2,
      dx,
      ...(dashed && { strokeDasharray: "5 4" }),
    }),
    Plot.dot(points, {
      x: "at",
      y: "value",
      r: 4.5,
      symbol: marker,
      fill: colour,
      stroke: "var(--lion-card)",
      dx,
      render: leading(points, canvas),
    }),
  ];
}

/** The end of an interval: a short line across. */
const DASH: Plot.SymbolImplementation = {
  draw(context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void }, size: number) {
    const half = Math.sqrt(size) / 2;
    context.moveTo(-half, 0);
    context.lineTo(half, 0);
  },
};

function drawBars(chart: BarChart, canvas: Canvas): Element {
  const iterations = [...new Set(chart.parts.map(({ at }) => at))].sort((a, b) => a - b);
  // Parts come key by key, so that the bars of all iterations are stacked in one order.
  const parts = chart.keys.flatMap(({ key }) => chart.parts.filter((part) => part.key === key));
  return Plot.plot({
    ...COMMON,
    width: canvas.width,
    x: {
      label: null,
      type: "band",
      domain: iterations,
      paddingInner: 0.3,
      paddingOuter: Math.max(0.2, 1.5 - iterations.length / 4),
    },
    y: { nice: true, label: null },
    color: { domain: chart.keys.map(({ key }) => key), range: chart.keys.map(({ fill }) => fill) },
    marks: [
      ...grid(chart.tick),
      iterationAxis(iterations, canvas),
      Plot.barY(
        parts,
        Plot.stackY({
          x: "at",
          y: "value",
          fill: "key",
          stroke: "var(--lion-card)",
          title: "title",
          tip: TIP,
          render: leading(parts, canvas),
        }),
      ),
      Plot.ruleY([0], { stroke: TEXT }),
    ],
  });
}

function drawHistogram(chart: HistogramChart, canvas: Canvas): Element {
  return Plot.plot({
    ...COMMON,
    height: HEIGHT + 24,
    marginTop: 28,
    width: canvas.width,
    y: { nice: true, label: null },
    color: { domain: chart.keys.map(({ key }) => key), range: chart.keys.map(({ fill }) => fill) },
    marks: [
      ...grid(chart.tick),
      Plot.axisX({ label: null, tickSize: 3, ticks: Math.min(10, canvas.width / 50) }),
      Plot.rectY(chart.bins, {
        x1: "from",
        x2: "to",
        y: "count",
        fill: "key",
        stroke: "var(--lion-card)",
        title: "title",
        tip: TIP,
        render: leading(chart.bins, canvas),
      }),
      Plot.ruleY([0], { stroke: TEXT }),
      Plot.ruleX(chart.marks, { x: "at", stroke: TEXT, strokeWidth: 1.5, strokeDasharray: "4 3" }),
      Plot.text(chart.marks, { x: "at", text: "label", frameAnchor: "top", dy: -16, fill: TEXT, fontWeight: 600 }),
    ],
  });
}
