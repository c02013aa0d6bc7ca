import { readCompareItem } from "../../core/browse/compareItem.ts";
import { type CompareQuery, type QueueEntry, QueueReader } from "../../core/browse/queues.ts";
import { shownOrder } from "../../core/browse/shownOrder.ts";
import { LionError } from "../../core/errors.ts";
import { verdictSubject } from "../../core/review/fold.ts";
import { Judging } from "../../core/review/judging.ts";
import type { CompareItem } from "../../protocol/compare.ts";
import type { ProjectSession } from "../projectSession.ts";
import { editorWords } from "../words.ts";
import { compareView } from "./compareView.ts";
import type { OpenedQueue, Viewer } from "./openedQueue.ts";
import type { QueueSource } from "./queueDesk.ts";
import type { QueueDriver } from "./queueDriver.ts";
import type { QueueKind, Target } from "./queueKind.ts";
import { COMPARE_GROUPS, compareGroupName, compareTitle, readCompareQuery } from "./queueQueries.ts";

/** Verdicts, on which a person judges the referee. */
export class CompareKind implements QueueKind<CompareQuery, CompareItem> {
  readonly name = "compare";
  readonly readQuery = readCompareQuery;
  #driver: QueueDriver<CompareQuery, CompareItem> | null = null;

  /** The driver that this is of, for what is saved on the page. */
  driveBy(driver: QueueDriver<CompareQuery, CompareItem>): void {
    this.#driver = driver;
  }

  firstQuery(session: ProjectSession): CompareQuery {
    return { kind: "verdicts", iteration: newestRated(session), group: "hard", sort: "gap" };
  }

  source(session: ProjectSession, query: CompareQuery, viewer: Viewer): QueueSource<QueueEntry, CompareItem> {
    const { store, browser } = session;
    const reader = new QueueReader(store, browser.state);
    const open = (one: CompareQuery): QueueEntry[] =>
      reader.entries(one, { actor: viewer.actor, config: session.project.config });
    const words = editorWords();
    return {
      title: compareTitle(query, words),
      open: () => {
        const entries = open(query);
        return { entries, done: reader.doneCount(entries) };
      },
      isDecided: (entry) => reader.isDecided(entry),
      read: (entry) => {
        const facts = readCompareItem({ store, state: browser.state }, entry.iteration, entry.instructionId);
        const blind = viewer.blind || entry.reason !== "first";
        return (
          facts && compareView(facts, { actor: viewer.actor, blind, sides: sidesOf(session, entry, viewer) }, words)
        );
      },
      others: () =>
        COMPARE_GROUPS.filter((group) => group !== query.group).map((group) => {
          const other: CompareQuery = { kind: "verdicts", iteration: query.iteration, group, sort: query.sort };
          return { id: JSON.stringify(other), name: compareGroupName(group, words), count: open(other).length };
        }),
      whyEmpty: () => (query.hasText === undefined ? "nothing" : "filtered"),
    };
  }

  entryOf(session: ProjectSession, { instructionId = 0, iteration }: Target): QueueEntry {
    const verdicts = session.store.ratings.verdictsOf(instructionId);
    const verdict = iteration === undefined ? verdicts.at(-1) : verdicts.find((one) => one.iteration === iteration);
    if (!verdict) {
      throw new LionError(
        "input",
        editorWords().t(
          "#{0} has not been rated there, so there is nothing to compare: open it instead.",
          instructionId,
        ),
      );
    }
    const subject = verdictSubject(verdict.iteration, instructionId);
    return { instructionId, iteration: verdict.iteration, reason: "first", again: null, subject };
  }

  isSuggested({ suggestions }: CompareItem): boolean {
    return suggestions.length > 0;
  }

  /** Puts the answer that was written in the teacher's place. */
  async saveEdit(
    instructionId: number,
    fields: Readonly<Record<string, string>>,
    note: string,
  ): Promise<string | null> {
    const driver = this.#driver;
    if (!driver) {
      return null;
    }
    const entry = driver.requireEntry();
    if (entry.instructionId !== instructionId) {
      return editorWords().t("#{0} is not before you any more: nothing was stored.", instructionId);
    }
    await driver.decide(
      ({ options, ...by }) =>
        new Judging(by).correct(
          instructionId,
          String(fields.answer ?? ""),
          note === "" ? options : { ...options, note },
        ),
      () => editorWords().t("Corrected the answer to #{0}.", instructionId),
      entry,
    );
    return null;
  }

  afterShow(_opened: OpenedQueue<CompareQuery, CompareItem>): void {}
}

/** Which answer is left and which right: the teacher's is left, unless the comparison is blind. */
export function sidesOf(
  session: ProjectSession,
  { subject, reason }: QueueEntry,
  { actor, blind }: Viewer,
): readonly ["teacher", "student"] | readonly ["student", "teacher"] {
  return blind || reason !== "first" ? shownOrder(session.project.config.seed, subject, actor) : ["teacher", "student"];
}

/** The newest iteration that has verdicts; 1 when none has. */
function newestRated({ browser, store }: ProjectSession): number {
  const numbers = store.iterations.all().map(({ number }) => number);
  return numbers.findLast((iteration) => (browser.ratedOf({ iteration })?.rated ?? 0) > 0) ?? 1;
}
