import type { DashboardFigures, DashboardTarget, Interval } from "../../src/protocol/dashboard.ts";
import { costCell } from "./amounts.ts";
import { intervalTitle, type Wording } from "./figure.ts";

/** A headline: one figure in words. */
export interface Card {
  readonly heading: string;
  readonly value: string;
  readonly note: string;
  readonly title?: string;
  readonly target: DashboardTarget;
}

/** Whether another round would pay. The tone colours the card's edge; its words say the same. */
export interface OutlookCard {
  readonly heading: string;
  readonly sentence: string;
  readonly tone: "yes" | "unclear" | "no" | "pending";
}

/** What somebody who has ten seconds should read. */
export function cardsOf(figures: DashboardFigures, wording: Wording): Card[] {
  const { text, formats } = wording;
  return [
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

/** The headline above all others. */
export function outlookCard({ outlook }: DashboardFigures, { text }: Wording): OutlookCard {
  if (!outlook) {
    return { heading: text("outlookPending"), sentence: text("outlookPendingText"), tone: "pending" };
  }
  const headings = { yes: "outlookYes", unclear: "outlookUnclear", no: "outlookNo" } as const;
  return { heading: text(headings[outlook.answer]), sentence: outlook.sentence, tone: outlook.answer };
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
  if (!last) {
    return null;
  }
  const { draw, cachePool, mode, number } = last;
  return {
    heading: text("cardRated", formats.whole(number)),
    value: formats.whole(draw.rated),
    note: text("cardRatedNote", formats.whole(cachePool), formats.percent(draw.hardShare?.value ?? 0)),
    title: text(mode === "lazy" ? "lazyTitle" : "fullTitle"),
    target: { rows: "cache", iteration: number },
  };
}

function useCard({ iterations }: DashboardFigures, wording: Wording): Card {
  const { text, formats } = wording;
  const use = iterations.flatMap((one) => one.use);
  const calls = use.reduce((sum, one) => sum + one.calls, 0);
  return {
    heading: text("cardUse"),
    value: beginning(costCell(use, wording).text),
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

/** Words as they stand at the beginning of a line: with a capital. */
function beginning(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
