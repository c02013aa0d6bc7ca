import type {
  ApprovalSummary,
  DashboardRole,
  DashboardTarget,
  IterationFigures,
  RoleUse,
} from "../../src/protocol/dashboard.ts";
import type { Table } from "../ui/table.ts";
import type { BarChart, Key, Part, Point, SeriesChart } from "./charts/kinds.ts";
import type { Figure, FigureCell, MakeFigure, Wording } from "./figure.ts";

const ROLE_FILLS: Readonly<Record<DashboardRole, string>> = {
  teacher: "var(--vscode-charts-blue)",
  student: "url(#lion-slant)",
  referee: "var(--vscode-charts-purple)",
  generator: "url(#lion-hatch)",
  evaluator: "url(#lion-grid)",
};

/** How both pools have grown. */
export const poolsFigure: MakeFigure = ({ iterations }, { text, formats }) => {
  if (iterations.length === 0) {
    return null;
  }
  const points = (
    size: (one: IterationFigures) => number,
    target: (iteration: number) => DashboardTarget,
    label: string,
  ): Point[] =>
    iterations.map((one) => ({
      at: one.number,
      value: size(one),
      low: null,
      high: null,
      title: text("pointTitle", label, formats.whole(one.number), formats.whole(size(one))),
      target: target(one.number),
    }));
  const train = (): DashboardTarget => ({ rows: "train" });
  const cache = (iteration: number): DashboardTarget => ({ rows: "cache", iteration });
  const chart: SeriesChart = {
    kind: "series",
    series: [
      {
        label: text("cachePool"),
        colour: "var(--vscode-charts-purple)",
        marker: "circle",
        points: points(({ cachePool }) => cachePool, cache, text("cachePool")),
      },
      {
        label: text("trainPool"),
        colour: "var(--vscode-charts-green)",
        marker: "triangle",
        dashed: true,
        points: points(({ trainPool }) => trainPool, train, text("trainPool")),
      },
    ],
    includes: [0],
    tick: (value) => formats.tick(value),
  };
  return {
    id: "pools",
    title: text("poolsTitle"),
    caption: text("poolsCaption"),
    charts: [{ heading: "", chart }],
    tables: [
      {
        caption: text("poolsTitle"),
        columns: [text("iteration"), text("trainPool"), text("cachePool")],
        rows: iterations.map(({ number, trainPool, cachePool }) => [
          { text: formats.whole(number) },
          { text: formats.whole(trainPool), target: train() },
          { text: formats.whole(cachePool), target: cache(number) },
        ]),
      },
    ],
  };
};

/** Requests by role, and what they cost where that is known. */
export const useFigure: MakeFigure = ({ iterations }, wording) => {
  const { text, formats } = wording;
  const used = iterations.filter(({ use }) => use.length > 0);
  const roles = (Object.keys(ROLE_FILLS) as DashboardRole[]).filter((role) =>
    used.some(({ use }) => use.some((one) => one.role === role)),
  );
  if (roles.length === 0) {
    return null;
  }
  const keys: Key[] = roles.map((role) => ({ key: role, label: text(role), fill: ROLE_FILLS[role] }));
  const bars = (amount: (one: RoleUse) => number, write: (value: number) => string): Part[] =>
    used.flatMap(({ number, use }) =>
      roles.map((role) => {
        const value = use.filter((one) => one.role === role).reduce((sum, one) => sum + amount(one), 0);
        return {
          at: number,
          key: role,
          value,
          title: text("pointTitle", text(role), formats.whole(number), write(value)),
          target: { rows: "iterations" } as const,
        };
      }),
    );
  const calls: BarChart = {
    kind: "bars",
    keys,
    parts: bars(
      ({ calls }) => calls,
      (value) => formats.whole(value),
    ),
    tick: (value) => formats.tick(value),
  };
  const costs = currenciesOf(used).map((currency): Figure["charts"][number] => {
    const write = (value: number): string => formats.money(value, currency);
    const amount = (one: RoleUse): number => (one.currency === currency ? (one.cost ?? 0) : 0);
    return {
      heading: text("costIn", currency),
      chart: {
        kind: "bars",
        keys,
        parts: bars(amount, write),
        tick: (value) => formats.moneyTick(value),
      },
    };
  });
  return {
    id: "use",
    title: text("useTitle"),
    caption: text("useCaption"),
    ...(costs.length > 0 && { span: "wide" as const }),
    charts: [{ heading: text("calls"), chart: calls }, ...costs],
    tables: [
      {
        caption: text("useTitle"),
        columns: [text("iteration"), ...roles.map((role) => text(role)), text("cost")],
        rows: used.map(({ number, use }) => [
          { text: formats.whole(number), target: { rows: "iterations" } },
          ...roles.map((role) => ({
            text: formats.whole(use.filter((one) => one.role === role).reduce((sum, one) => sum + one.calls, 0)),
          })),
          costCell(use, wording),
        ]),
      },
    ],
  };
};

/** The currencies that money was spent in. */
export function currenciesOf(iterations: ReadonlyArray<Pick<IterationFigures, "use">>): string[] {
  const priced = iterations.flatMap(({ use }) => use.filter(({ cost }) => (cost ?? 0) > 0));
  return [...new Set(priced.flatMap(({ currency }) => (currency === null ? [] : [currency])))].sort();
}

/** What some uses cost together: a sum for each currency, and that a part has no known price. */
export function costCell(use: readonly RoleUse[], { text, formats }: Wording): FigureCell {
  const sums = currenciesOf([{ use }]).map((currency) => {
    const sum = use.reduce((total, one) => total + (one.currency === currency ? (one.cost ?? 0) : 0), 0);
    return formats.money(sum, currency);
  });
  const unknown = use.some(({ cost, calls }) => cost === null && calls > 0);
  const words = unknown ? [...sums, text("priceUnknown")] : sums;
  return { text: words.length === 0 ? text("free") : words.join(" + ") };
}

/** What became of an iteration's candidates. */
export const approvalFigure: MakeFigure = ({ iterations }, { text, formats }) => {
  const reviewed = iterations.flatMap(({ number, approval }) => (approval ? [{ number, approval }] : []));
  if (reviewed.length === 0) {
    return null;
  }
  const states = ["approved", "waiting", "refused", "filtered"] as const;
  const fills = {
    approved: "var(--vscode-charts-green)",
    waiting: "url(#lion-stripes)",
    refused: "var(--vscode-charts-red)",
    filtered: "url(#lion-hatch)",
  };
  const rowsOf = (iteration: number): DashboardTarget => ({ rows: "review", iteration });
  const whole = (value: number): string => formats.whole(value);
  return {
    id: "approval",
    title: text("approvalTitle"),
    caption: text("approvalCaption"),
    charts: [
      {
        heading: "",
        chart: {
          kind: "bars",
          keys: states.map((key) => ({ key, label: text(key), fill: fills[key] })),
          parts: reviewed.flatMap(({ number, approval }) =>
            states.map((key) => ({
              at: number,
              key,
              value: approval[key],
              title: text("pointTitle", text(key), whole(number), whole(approval[key])),
              target: rowsOf(number),
            })),
          ),
          tick: (value) => formats.tick(value),
        },
      },
    ],
    tables: [
      {
        caption: text("approvalTitle"),
        columns: [text("iteration"), ...states.map((state) => text(state))],
        rows: reviewed.map(({ number, approval }) => [
          { text: whole(number) },
          ...states.map((state) => ({ text: whole(approval[state]), target: rowsOf(number) })),
        ]),
      },
      reasonsTable(reviewed, { text, formats }),
    ].filter(({ rows }) => rows.length > 0),
  };
};

/** Why candidates were refused: over all iterations, and in the newest one. */
function reasonsTable(
  reviewed: ReadonlyArray<{ readonly number: number; readonly approval: ApprovalSummary }>,
  { text, formats }: Wording,
): Table<DashboardTarget> {
  const newest = reviewed.at(-1);
  const all = Map.groupBy(
    reviewed.flatMap(({ approval }) => approval.reasons),
    ({ by, reason }) => `${by}/${reason}`,
  );
  const rows = [...all.values()].flatMap((members) => {
    const [first] = members;
    const count = members.reduce((sum, member) => sum + member.count, 0);
    return first ? [{ ...first, count }] : [];
  });
  const inNewest = ({ by, reason }: { by: string; reason: string }): number =>
    newest?.approval.reasons.find((one) => one.by === by && one.reason === reason)?.count ?? 0;
  return {
    caption: text("reasons"),
    columns: [
      text("reasons"),
      text("refusedBy"),
      text("inIteration", formats.whole(newest?.number ?? 0)),
      text("inAll"),
    ],
    rows: rows
      .sort((a, b) => b.count - a.count)
      .map((row) => [
        { text: row.reason || text("noReason") },
        { text: text(row.by === "person" ? "person" : "filter") },
        { text: formats.whole(inNewest(row)) },
        { text: formats.whole(row.count) },
      ]),
  };
}
