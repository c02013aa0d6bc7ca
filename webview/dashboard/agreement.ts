import type {
  AgreementFigures,
  AgreementSummary,
  DashboardString,
  DashboardTarget,
  Interval,
} from "../../src/protocol/dashboard.ts";
import type { Table } from "../ui/table.ts";
import type { Point, SeriesChart } from "./charts/kinds.ts";
import { type Figure, intervalCell, intervalTitle, type MakeFigure, type Wording } from "./figure.ts";

type Measure = (summary: AgreementSummary) => Interval | null;

/** How far people agree with the referee, with themselves and with each other, and how long they take. */
export const agreementFigure: MakeFigure = ({ iterations, agreement }, wording) => {
  const { text } = wording;
  const newest = iterations.findLast(({ draw, approval }) => draw.rated > 0 || approval !== null)?.number;
  if (newest === undefined) {
    return null;
  }
  const figure = { id: "agreement", title: text("agreementTitle") };
  if (agreement.people.length === 0) {
    return { ...figure, caption: text("agreementNobody"), charts: [], tables: [] };
  }
  const charts = chartsOf(agreement, wording);
  const tables = [
    summaryTable(agreement, newest, wording),
    iterationTable(agreement, wording),
    peopleTable(agreement, wording),
  ];
  return {
    ...figure,
    ...(charts.length > 0 && { span: "wide" as const }),
    caption: text("agreementCaption"),
    charts,
    tables: tables.filter(({ rows }) => rows.length > 0),
  };
};

/** Share and κ by iteration, blind or not; none where nobody has judged a verdict. */
function chartsOf({ refereeByIteration: judged }: AgreementFigures, wording: Wording): Figure["charts"] {
  const { text, formats } = wording;
  if (judged.length === 0) {
    return [];
  }
  const chart = (
    measure: Measure,
    write: (value: number) => string,
    rest: Pick<SeriesChart, "includes" | "tick">,
  ): SeriesChart => {
    const points = (which: "normal" | "blind", label: string): Point[] =>
      judged.flatMap(({ iteration, [which]: summary }) => {
        const interval = measure(summary);
        if (!interval) {
          return [];
        }
        const head = text("pointTitle", label, formats.whole(iteration), write(interval.value));
        return [
          {
            at: iteration,
            ...{ value: interval.value, low: interval.low, high: interval.high },
            title: `${head}\n${intervalTitle(interval, wording, write)}`,
            target: verdictRows(iteration),
          },
        ];
      });
    return {
      kind: "series",
      series: [
        {
          ...{ label: text("blind"), colour: "var(--vscode-charts-purple)", marker: "circle" },
          points: points("blind", text("blind")),
        },
        {
          ...{ label: text("notBlind"), colour: "var(--vscode-charts-yellow)", marker: "square", dashed: true },
          points: points("normal", text("notBlind")),
        },
      ],
      ...rest,
    };
  };
  return [
    {
      heading: text("agreementShare"),
      chart: chart(
        ({ share }) => share,
        (value) => formats.percent(value),
        {
          includes: [0.5, 1],
          tick: (value) => formats.percentTick(value),
        },
      ),
    },
    {
      heading: text("kappa"),
      chart: chart(
        ({ kappa }) => kappa,
        (value) => formats.score(value),
        {
          includes: [0, 1],
          tick: (value) => formats.tick(value),
        },
      ),
    },
  ];
}

function summaryTable(agreement: AgreementFigures, newest: number, wording: Wording): Table<DashboardTarget> {
  const { text } = wording;
  const { referee, self, between } = agreement;
  const judged = agreement.refereeByIteration.at(-1)?.iteration ?? newest;
  const disputed: DashboardTarget = { rows: "compare", iteration: judged, group: "disputed" };
  const candidates: DashboardTarget = { rows: "review", iteration: newest };
  const rows: ReadonlyArray<[DashboardString, AgreementSummary, DashboardTarget]> = [
    ["withRefereeBlind", referee.blind, verdictRows(judged)],
    ["withReferee", referee.normal, verdictRows(judged)],
    ["selfVerdicts", self.verdicts, verdictRows(judged)],
    ["selfCandidates", self.candidates, candidates],
    ["betweenVerdicts", between.verdicts, disputed],
    ["betweenCandidates", between.candidates, candidates],
  ];
  return {
    caption: text("agreementTitle"),
    columns: [text("agreementTitle"), text("judgements"), text("agreed"), text("kappa")],
    rows: rows.map(([name, summary, target]) => [{ text: text(name), target }, ...summaryCells(summary, wording)]),
  };
}

function iterationTable({ refereeByIteration }: AgreementFigures, wording: Wording): Table<DashboardTarget> {
  const { text, formats } = wording;
  return {
    caption: text("agreementShare"),
    columns: [
      text("iteration"),
      ...(["blind", "notBlind"] as const).flatMap((which) => [text(which), text("agreed"), text("kappa")]),
    ],
    rows: refereeByIteration.map(({ iteration, blind, normal }) => [
      { text: formats.whole(iteration), target: verdictRows(iteration) },
      ...summaryCells(blind, wording),
      ...summaryCells(normal, wording),
    ]),
  };
}

function summaryCells(
  { count, share, kappa }: AgreementSummary,
  wording: Wording,
): Table<DashboardTarget>["rows"][number] {
  const { formats } = wording;
  return [
    { text: formats.whole(count) },
    intervalCell(share, wording, (value) => formats.percent(value)),
    intervalCell(kappa, wording, (value) => formats.score(value)),
  ];
}

function peopleTable({ people }: AgreementFigures, { text, formats }: Wording): Table<DashboardTarget> {
  return {
    caption: text("people"),
    columns: [text("people"), text("decisions"), text("medianSeconds")],
    rows: people.map(({ actor, decisions, timed, medianSeconds }) => [
      { text: actor },
      { text: formats.whole(decisions) },
      medianSeconds === null
        ? { text: "–" }
        : {
            text: text("seconds", formats.tick(medianSeconds)),
            title: text("timedItems", formats.whole(timed)),
          },
    ]),
  };
}

function verdictRows(iteration: number): DashboardTarget {
  return { rows: "compare", iteration, group: "all" };
}
