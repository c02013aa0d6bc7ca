import type { DashboardTarget, GapBin, GapKind } from "../../src/protocol/dashboard.ts";
import type { Key } from "./charts/kinds.ts";
import type { MakeFigure, Wording } from "./figure.ts";

const FILLS: Readonly<Record<GapKind, string>> = {
  studentAhead: "url(#lion-dots)",
  easy: "url(#lion-hatch)",
  hard: "var(--vscode-charts-red)",
};

/** How the gaps of one iteration lie around τ and −τ. */
export const gapsFigure: MakeFigure = ({ histogram, iterations }, wording) => {
  const { text, formats } = wording;
  const iteration = iterations.find(({ number }) => number === histogram?.iteration);
  if (!histogram || !iteration) {
    return null;
  }
  const { tau } = histogram;
  const { draw, cachePool } = iteration;
  const keys: Key[] = (["studentAhead", "easy", "hard"] as const).map((key) => ({
    key,
    label: text(key),
    fill: FILLS[key],
  }));
  const bins = histogram.bins.map((bin) => ({
    ...bin,
    key: bin.kind,
    title: text("binTitle", range(bin, wording), formats.whole(bin.count)),
    target: rowsOf(histogram.iteration, bin),
  }));
  const whole = (value: number): string => formats.whole(value);
  const bucket = (name: "hard" | "easy" | "unscored", count: number): { text: string; target: DashboardTarget } => ({
    text: whole(count),
    target: { rows: "cache", iteration: histogram.iteration, bucket: name },
  });
  return {
    id: "gaps",
    title: text("gapsTitle"),
    caption: text(
      "gapsCaption",
      whole(draw.rated),
      whole(cachePool),
      whole(histogram.iteration),
      formats.score(tau),
      whole(draw.unscored),
    ),
    choosesIteration: true,
    charts: [
      {
        heading: "",
        chart: {
          kind: "histogram",
          keys,
          bins,
          marks: [{ at: tau, label: "τ" }, ...(tau > 0 ? [{ at: -tau, label: "−τ" }] : [])],
          tick: (value) => formats.tick(value),
        },
      },
    ],
    tables: [
      {
        caption: text("gapsTitle"),
        columns: [text("gap"), text("kind"), text("instructions")],
        rows: [
          [{ text: text("allHard") }, { text: text("hard") }, bucket("hard", draw.hard)],
          [{ text: text("allEasy") }, { text: text("easy") }, bucket("easy", draw.easy)],
          [
            { text: text("ofThemAhead") },
            { text: text("studentAhead") },
            {
              text: whole(draw.studentAhead),
              target: { rows: "cache", iteration: histogram.iteration, flag: "studentAhead" },
            },
          ],
          [
            { text: text("contradictory") },
            { text: text("flag") },
            {
              text: whole(draw.contradictory),
              target: { rows: "cache", iteration: histogram.iteration, flag: "contradictory" },
            },
          ],
          [{ text: text("unscored") }, { text: "–" }, bucket("unscored", draw.unscored)],
          ...histogram.bins
            .filter(({ count }) => count > 0)
            .toReversed()
            .map((bin) => [
              { text: range(bin, wording) },
              { text: text(bin.kind) },
              { text: whole(bin.count), target: rowsOf(histogram.iteration, bin) },
            ]),
        ],
      },
    ],
  };
};

function rowsOf(iteration: number, { from, to }: GapBin): DashboardTarget {
  return { rows: "gaps", iteration, from, to };
}

function range({ from, to }: GapBin, { text, formats }: Wording): string {
  return text("fromTo", formats.score(from), formats.score(to));
}
