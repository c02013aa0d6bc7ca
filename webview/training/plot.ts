import uPlot from "uplot";
import type { Columns, Line } from "./curveModel.ts";

/** What a plot is made from. */
export interface PlotSpec {
  readonly lines: readonly Line[];
  readonly columns: Columns;
  readonly log: boolean;
  /** The part of the horizontal axis that is shown; null is all of it. */
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly tick: (value: number) => string;
  readonly placeTick: (place: number) => string;
  /** Whether the horizontal axis counts seconds. */
  readonly time: boolean;
}

/** What a person does with the pointer. */
export interface PlotListener {
  /** Null: the pointer has left. */
  onPlace(place: number | null): void;
  onRange(range: { readonly from: number; readonly to: number } | null): void;
}

const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800];
const FEWEST_PIXELS = 4;

/** A chart of lines on a canvas. What it shows in colours and dashes is said in words by whoever made it. */
export class Plot {
  readonly #plot: uPlot;
  /** The crosshair is being moved from outside. */
  #moving = false;

  constructor(place: HTMLElement, size: { width: number; height: number }, spec: PlotSpec, listener: PlotListener) {
    const colour = resolver(place);
    this.#plot = new uPlot(
      {
        ...size,
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false },
          bind: {
            dblclick: () => () => {
              listener.onRange(null);
              return null;
            },
          },
          dataIdx: nearestMeasured,
          points: { size: 7 },
        },
        select: { show: true, left: 0, top: 0, width: 0, height: 0 },
        scales: {
          x: { time: false, range: (_, least, greatest) => shownRange(spec.range, least, greatest) },
          y: { distr: spec.log ? 3 : 1, range: (_, least, greatest) => valueRange(spec.log, least, greatest) },
        },
        axes: axesOf(spec, colour),
        series: [{}, ...spec.lines.map((line) => seriesOf(line, colour))],
        hooks: {
          setCursor: [
            ({ cursor, data }) => {
              if (!this.#moving) {
                const { idx, left = -1 } = cursor;
                listener.onPlace(left >= 0 && typeof idx === "number" ? (data[0][idx] ?? null) : null);
              }
            },
          ],
          setSelect: [
            (plot) => {
              const { left, width } = plot.select;
              if (width >= FEWEST_PIXELS) {
                listener.onRange({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
              }
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      spec.columns,
      place,
    );
  }

  /** New values for the same lines. */
  setColumns(columns: Columns): void {
    this.#plot.setData(columns);
  }

  setWidth(width: number): void {
    this.#plot.setSize({ width, height: this.#plot.height });
  }

  /** Moves the crosshair to a place, or takes it away. */
  moveTo(place: number | null): void {
    this.#moving = true;
    const left = place === null ? -10 : this.#plot.valToPos(place, "x");
    this.#plot.setCursor({ left, top: place === null ? -10 : 1 }, false);
    this.#moving = false;
  }

  destroy(): void {
    this.#plot.destroy();
  }
}

function hasOneValue({ data }: uPlot, line: number): boolean {
  return Array.from(data[line] ?? []).filter((value) => value !== null).length === 1;
}

type Resolve = (colour: string) => string;

/** A canvas knows no variables: the browser says what a colour comes to. */
function resolver(place: HTMLElement): Resolve {
  const known = new Map<string, string>();
  return (colour) => {
    let found = known.get(colour);
    if (found === undefined) {
      const probe = document.createElement("span");
      probe.style.color = colour;
      place.append(probe);
      found = getComputedStyle(probe).color;
      probe.remove();
      known.set(colour, found);
    }
    return found;
  };
}

function seriesOf({ style, faint }: Line, colour: Resolve): uPlot.Series {
  return {
    stroke: colour(faint ? `color-mix(in srgb, ${style.colour} 25%, transparent)` : style.colour),
    width: faint ? 1 : 2,
    ...(!faint && style.dash.length > 0 && { dash: [...style.dash] }),
    spanGaps: true,
    // A single step is a dot; lines need none.
    points: { show: (plot, index) => !faint && hasOneValue(plot, index), size: 7 },
  };
}

function axesOf({ tick, placeTick, time }: PlotSpec, colour: Resolve): uPlot.Axis[] {
  const { fontFamily } = getComputedStyle(document.body);
  const common = {
    stroke: colour("var(--lion-quiet)"),
    font: `11px ${fontFamily}`,
    grid: { stroke: colour("var(--lion-line)"), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...common, ...(time && { incrs: TIMES }), size: 26, space: 60, values: (_, places) => places.map(placeTick) },
    {
      ...{ ...common, size: 56, space: 34 },
      values: (_, values) => values.map((value) => (value === null ? null : tick(value))),
    },
  ];
}

/** All of the axis, or a part; never less than something. */
function shownRange(range: PlotSpec["range"], least: number, greatest: number): [number, number] {
  const [from, to] = range ? [range.from, range.to] : [least, greatest];
  return from < to ? [from, to] : [from - 1, to + 1];
}

function valueRange(log: boolean, least: number | null, greatest: number | null): [number, number] {
  if (least === null || greatest === null) {
    return log ? [0.1, 1] : [0, 1];
  }
  if (log) {
    return [least / 1.15, greatest * 1.15];
  }
  const room = (greatest - least) * 0.08 || Math.abs(greatest) * 0.1 || 1;
  return [least >= 0 ? Math.max(0, least - room) : least - room, greatest + room];
}

/** The nearest place at which a line has a value, so that its dot is on it; beyond the line's ends there is none. */
function nearestMeasured(plot: uPlot, line: number, index: number): number {
  const column = Array.from(plot.data[line] ?? []);
  const before = column.findLastIndex((value, at) => at <= index && value !== null);
  const after = column.findIndex((value, at) => at >= index && value !== null);
  if (line === 0 || before === -1 || after === -1) {
    return index;
  }
  return index - before <= after - index ? before : after;
}
