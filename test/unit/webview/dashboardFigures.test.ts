import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type {
  AgreementFigures,
  AgreementSummary,
  DashboardFigures,
  DashboardString,
  GapSummary,
  IterationFigures,
  RoleUse,
} from "../../../src/protocol/dashboard.ts";
import { agreementFigure } from "../../../webview/dashboard/agreement.ts";
import { approvalFigure, costCell, poolsFigure, useFigure } from "../../../webview/dashboard/amounts.ts";
import { lengthsFigure, refereeFigure } from "../../../webview/dashboard/answers.ts";
import { cardsOf, outlookCard } from "../../../webview/dashboard/cards.ts";
import { intervalCell, wordingOf } from "../../../webview/dashboard/figure.ts";
import { gapsFigure } from "../../../webview/dashboard/gaps.ts";
import { exactMatchFigure, learningFigure } from "../../../webview/dashboard/learning.ts";
import { Formats, fill } from "../../../webview/ui/format.ts";

const ALL = [
  learningFigure,
  gapsFigure,
  approvalFigure,
  agreementFigure,
  poolsFigure,
  exactMatchFigure,
  useFigure,
  lengthsFigure,
  refereeFigure,
];

/** Each text is its own name, followed by what is filled in. */
const names = new Proxy({} as Record<DashboardString, string>, {
  get: (_, name) => `${String(name)}{0}{1}{2}{3}{4}`.replaceAll("{", " {"),
});
const wording = wordingOf(names, new Formats("en"));
const plain = (text: string): string => text.replaceAll(/ \{\d\}/g, "");

const NOTHING: GapSummary = {
  rated: 0,
  hard: 0,
  easy: 0,
  unscored: 0,
  contradictory: 0,
  studentAhead: 0,
  meanGap: null,
  hardShare: null,
};

const interval = (value: number) => ({ value, low: value - 0.1, high: value + 0.1, count: 50 });

function iteration(number: number, changes: Partial<IterationFigures> = {}): IterationFigures {
  return {
    number,
    tau: 1,
    mode: "lazy",
    trainPool: 10,
    cachePool: 1234,
    panel: NOTHING,
    draw: NOTHING,
    use: [],
    lengths: { pairs: 0, teacher: null, student: null },
    referee: { pairs: 0, flipRate: null, firstPositionRate: null, lengthCorrelation: null, unparsedRate: null },
    exactMatch: null,
    approval: null,
    ...changes,
  };
}

const RATED: Partial<IterationFigures> = {
  panel: { ...NOTHING, rated: 50, hard: 20, easy: 30, meanGap: interval(0.5), hardShare: interval(0.4) },
  draw: { ...NOTHING, rated: 100, hard: 40, easy: 60, meanGap: interval(0.7), hardShare: interval(0.4) },
  use: [{ role: "teacher", calls: 5, cost: 0.25, currency: "EUR" }],
  lengths: { pairs: 3, teacher: { low: 1, median: 2, high: 3 }, student: { low: 1, median: 2, high: 3 } },
  referee: {
    pairs: 3,
    flipRate: interval(0.1),
    firstPositionRate: interval(0.5),
    lengthCorrelation: 0.2,
    unparsedRate: interval(0),
  },
  exactMatch: { share: interval(0.5), correct: 1, levels: [{ level: 1, correct: 1, total: 2 }] },
  approval: {
    approved: 1,
    waiting: 2,
    refused: 3,
    filtered: 4,
    reasons: [
      { by: "filter", reason: "too-short", count: 4 },
      { by: "person", reason: "", count: 3 },
    ],
  },
};

const NEVER: AgreementSummary = { count: 0, agreed: 0, share: null, kappa: null };
const NOBODY: AgreementFigures = {
  referee: { normal: NEVER, blind: NEVER },
  refereeByIteration: [],
  self: { verdicts: NEVER, candidates: NEVER },
  between: { verdicts: NEVER, candidates: NEVER },
  people: [],
};
const OFTEN: AgreementSummary = { count: 50, agreed: 40, share: interval(0.8), kappa: interval(0.6) };
const JUDGED: AgreementFigures = {
  referee: { normal: OFTEN, blind: OFTEN },
  refereeByIteration: [{ iteration: 1, normal: NEVER, blind: OFTEN }],
  self: { verdicts: { ...OFTEN, kappa: null }, candidates: NEVER },
  between: { verdicts: OFTEN, candidates: NEVER },
  people: [
    { actor: "Ada", decisions: 70, timed: 50, medianSeconds: 4.2 },
    { actor: "Bo", decisions: 1, timed: 0, medianSeconds: null },
  ],
};

function figures(...iterations: IterationFigures[]): DashboardFigures {
  const rated = iterations.findLast(({ draw }) => draw.rated > 0);
  return {
    project: "p",
    iterations,
    histogram: rated
      ? {
          iteration: rated.number,
          tau: 1,
          bins: [
            { from: 0.5, to: 1, kind: "easy", count: 60 },
            { from: 1, to: 1.5, kind: "hard", count: 40 },
          ],
        }
      : null,
    outlook: null,
    agreement: iterations.some(({ draw }) => draw.rated > 0) ? JUDGED : NOBODY,
    sampleSize: 1000,
  };
}

describe("the dashboard's figures", () => {
  it("are left out where there is nothing to show", () => {
    const shown = ALL.flatMap((make) => make(figures(iteration(1)), wording)?.id ?? []);
    assert.deepEqual(shown, ["pools"]);
    assert.deepEqual(
      ALL.map((make) => make(figures(), wording)),
      ALL.map(() => null),
    );
  });

  it("have a table each, with as many cells as columns, in which every row leads to its rows", () => {
    const made = ALL.map((make) => make(figures(iteration(1, RATED), iteration(2, RATED)), wording));
    assert.equal(made.filter((figure) => figure !== null).length, ALL.length);
    for (const figure of made) {
      const [table, ...others] = figure?.tables ?? [];
      assert.ok(table && table.rows.length > 0, figure?.id);
      for (const row of table.rows) {
        assert.equal(row.length, table.columns.length, figure?.id);
        assert.ok(
          row.some(({ target }) => target !== undefined),
          `${figure?.id}: ${row[0]?.text}`,
        );
      }
      for (const other of others) {
        assert.ok(other.rows.every((row) => row.length === other.columns.length));
      }
    }
  });

  it("have marks that lead to the same rows as the table's cells", () => {
    const figure = gapsFigure(figures(iteration(3, RATED)), wording);
    const [chart] = figure?.charts ?? [];
    assert.ok(chart?.chart.kind === "histogram");
    const bin = { rows: "gaps", iteration: 3, from: 1, to: 1.5 };
    assert.deepEqual(chart.chart.bins[1]?.target, bin);
    assert.ok(figure?.tables[0]?.rows.some((row) => JSON.stringify(row[2]?.target) === JSON.stringify(bin)));
  });

  it("say how much of a lazy iteration is rated, and what an interval rests on", () => {
    const [, ...cells] = learningFigure(figures(iteration(1, RATED)), wording)?.tables[0]?.rows[0] ?? [];
    assert.equal(plain(cells.at(-1)?.text ?? ""), "ratedOf 100 1,234");
    assert.equal(cells[0]?.text, "0.50 (0.40 – 0.60)");
    assert.equal(plain(cells[0]?.title ?? ""), "interval 0.40 0.60 50");
  });

  it("give no interval where one observation has none, and a dash where nothing was observed", () => {
    const write = (value: number): string => String(value);
    const single = intervalCell({ value: 2, low: null, high: null, count: 1 }, wording, write);
    assert.equal(single.text, "2");
    assert.equal(plain(single.title ?? ""), "noInterval 1");
    assert.equal(intervalCell(null, wording, write).text, "–");
  });

  it("say honestly that nobody has judged, instead of an empty picture", () => {
    const figure = agreementFigure({ ...figures(iteration(1, RATED)), agreement: NOBODY }, wording);
    assert.equal(plain(figure?.caption ?? ""), "agreementNobody");
    assert.deepEqual([figure?.charts, figure?.tables], [[], []]);
  });

  it("tell agreement with the referee apart by whether the verdict was seen, and lead to what was judged", () => {
    const figure = agreementFigure(figures(iteration(1, RATED), iteration(2, RATED)), wording);
    const [share, kappa] = figure?.charts.map(({ chart }) => chart) ?? [];
    assert.ok(share?.kind === "series" && kappa?.kind === "series");
    const compare = { rows: "compare", iteration: 1, group: "all" };
    assert.deepEqual(
      share.series.map(({ points }) => points.map(({ at, value, target }) => [at, value, target])),
      [[[1, 0.8, compare]], []],
    );
    const [summary, byIteration, people] = figure?.tables ?? [];
    const lines = (table: typeof summary) => table?.rows.map((row) => row.map(({ text }) => plain(text)));
    assert.deepEqual(lines(summary)?.slice(1, 4), [
      ["withReferee", "50", "80.0% (70.0% – 90.0%)", "0.60 (0.50 – 0.70)"],
      ["selfVerdicts", "50", "80.0% (70.0% – 90.0%)", "–"],
      ["selfCandidates", "0", "–", "–"],
    ]);
    assert.deepEqual(summary?.rows[4]?.[0]?.target, { rows: "compare", iteration: 1, group: "disputed" });
    assert.deepEqual(summary?.rows[5]?.[0]?.target, { rows: "review", iteration: 2 });
    assert.deepEqual(lines(byIteration)?.[0]?.slice(4), ["0", "–", "–"]);
    assert.deepEqual(lines(people), [
      ["Ada", "70", "seconds 4.2"],
      ["Bo", "1", "–"],
    ]);
  });

  it("have no picture of agreement where only candidates were decided about", () => {
    const agreement = { ...JUDGED, refereeByIteration: [] };
    const figure = agreementFigure({ ...figures(iteration(1, RATED)), agreement }, wording);
    assert.deepEqual([figure?.charts.length, figure?.tables.length, figure?.span], [0, 2, undefined]);
  });

  it("tell money by currency, what is free and what nobody knows the price of", () => {
    const use = (cost: number | null, currency: string | null): RoleUse => ({
      role: "teacher",
      calls: 1,
      cost,
      currency,
    });
    const cell = (...uses: RoleUse[]) => plain(costCell(uses, wording).text);
    assert.equal(cell(use(1.5, "EUR"), use(0.5, "EUR"), use(2, "USD")), "2.00 EUR + 2.00 USD");
    assert.equal(cell(use(0, null)), "free");
    assert.equal(cell(use(null, null), use(1, "USD")), "1.00 USD + priceUnknown");
    assert.equal(cell(use(2.5, "credits")), "2.50 credits");
  });
});

describe("the dashboard's cards", () => {
  it("say what the last rating of the panel came to and where it came from", () => {
    const cards = cardsOf(figures(iteration(1, RATED), iteration(2, RATED), iteration(3)), wording);
    const gap = cards.find(({ heading }) => heading.startsWith("cardGap"));
    assert.equal(plain(gap?.note ?? ""), "cardGapChange 0.50 1");
    assert.deepEqual(gap?.target, { rows: "panel", iteration: 2 });
    assert.ok(!cards.some(({ heading }) => heading.startsWith("cardWaiting")));
  });

  it("do without what is not there yet", () => {
    assert.deepEqual(
      cardsOf(figures(iteration(1)), wording).map(({ heading }) => plain(heading)),
      ["cardUse"],
    );
    assert.equal(outlookCard(figures(iteration(1)), wording).tone, "pending");
    const outlook = { answer: "no", sentence: "It would not." } as const;
    assert.equal(outlookCard({ ...figures(iteration(1)), outlook }, wording).sentence, "It would not.");
  });
});

describe("numbers and texts", () => {
  it("follow the language, and an unknown one is read as English", () => {
    assert.equal(new Formats("de").whole(12345), "12.345");
    assert.equal(new Formats("not a language").percent(0.5), "50.0%");
  });

  it("fill the places of a text, and leave one that nothing is given for", () => {
    assert.equal(fill("{0} of {1}", "1", "{0}"), "1 of {0}");
    assert.equal(fill("{0} {2}", "a"), "a {2}");
  });
});
