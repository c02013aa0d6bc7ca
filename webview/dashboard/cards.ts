import type { DashboardFigures, DashboardTarget, Interval } from "../../src/protocol/dashboard.ts";
import { costCell } from "./amounts.ts";
import { intervalTitle, type Wording } from "./figure.ts";

/** A headline in words. */
export interface Card {
  readonly heading: string;
  readonly value: string;
  readonly note: string;
  readonly title?: string;
  /** How the outlook is; colours the card's edge, whose words say the same. */
  readonly tone?: "yes" | "unclear" | "no";
  readonly target?: DashboardTarget;
}

/** What somebody who has ten seconds should read. */
export function cardsOf(figures: DashboardFigures, wording: Wording): Card[] {
  const { text, formats } = wording;
  return [
    outlookCard(figures, wording),
    panelCard(figures, wording, {
      heading: text("cardGap"),
      of: ({ panel }) => panel.meanGap,
      write: (value) => formats.score(value),
    }),
    panelCard(figures, wording, {
      heading: text("cardHard"),
      of: ({ panel }) => panel.hardShare,
      write: (value) => formats.percent(value),
    }),
    ratedCard(figures, wording),
    useCard(figures, wording),
    waitingCard(figures, wording),
  ].filter((card) => card !== null);
}

function outlookCard({ outlook }: DashboardFigures, { text }: Wording): Card {
  if (!outlook) {
    return { heading: text("outlookPending"), value: "", note: text("outlookPendingText") };
  }
  const headings = { yes: "outlookYes", unclear: "outlookUnclear", no: "outlookNo" } as const;
  return { heading: text(headings[outlook.answer]), value: "", note: outlook.sentence, tone: outlook.answer };
}

function panelCard(
  { iterations }: DashboardFigures,
  wording: Wording,
  card: {
    readonly heading: string;
    readonly of: (one: DashboardFigures["iterations"][number]) => Interval | null;
    readonly write: (value: number) => string;
  },
): Card | null {
  const { text, formats } = wording;
  const known = iterations.flatMap((one) => {
    const interval = card.of(one);
    return interval ? [{ number: one.number, interval }] : [];
  });
  const last = known.at(-1);
  const first = known[0];
  if (!last || !first) {
    return null;
  }
  return {
    heading: card.heading,
    value: card.write(last.interval.value),
    note:
      first === last
        ? intervalTitle(last.interval, wording, card.write)
        : text("cardGapChange", card.write(first.interval.value), formats.whole(first.number)),
    title: intervalTitle(last.interval, wording, card.write),
    target: { rows: "panel", iteration: last.number },
  };
}

function ratedCard({ iterations }: DashboardFigures, { text, formats }: Wording): Card | null {
  const last = iterations.findLast(({ draw }) => draw.rated > 0);
  return (
    (last && {
      heading: text("cardRated", formats.whole(last.number)),
      value: text("of", formats.compact(last.draw.rated), formats.compact(last.cachePool)),
      note: text(last.mode === "lazy" ? "lazyTitle" : "fullTitle"),
      title: text("ratedOf", formats.whole(last.draw.rated), formats.whole(last.cachePool)),
      target: { rows: "cache", iteration: last.number },
    }) ??
    null
  );
}

function useCard({ iterations }: DashboardFigures, wording: Wording): Card {
  const { text, formats } = wording;
  const use = iterations.flatMap((one) => one.use);
  const calls = use.reduce((sum, one) => sum + one.calls, 0);
  return {
    heading: text("cardUse"),
    value: costCell(use, wording).text,
    note: text("cardUseNote", formats.whole(calls)),
    target: { rows: "iterations" },
  };
}

function waitingCard({ iterations }: DashboardFigures, { text, formats }: Wording): Card | null {
  const last = iterations.at(-1);
  const approval = last?.approval;
  return approval
    ? {
        heading: text("cardWaiting"),
        value: formats.whole(approval.waiting),
        note: text("cardWaitingNote", formats.whole(approval.approved), formats.whole(approval.refused)),
        target: { rows: "review", iteration: last.number },
      }
    : null;
}
