import { readCandidateItem } from "../../core/browse/candidateItem.ts";
import { type CandidateQuery, type QueueEntry, QueueReader } from "../../core/browse/queues.ts";
import { LionError } from "../../core/errors.ts";
import { instructionSubject } from "../../core/review/fold.ts";
import type { CandidateItem, TeacherAhead } from "../../protocol/candidates.ts";
import type { ProjectSession } from "../projectSession.ts";
import { editorWords } from "../words.ts";
import { candidateView } from "./candidateView.ts";
import type { OpenedQueue, Viewer } from "./openedQueue.ts";
import type { QueueSource } from "./queueDesk.ts";
import type { QueueKind, Target } from "./queueKind.ts";
import { CANDIDATE_STATES, candidateStateName, candidateTitle, readCandidateQuery } from "./queueQueries.ts";

/** What the candidates' queue leaves to others: the teacher's answer ahead of the person, and storing an edit. */
export interface CandidateHelp {
  /** How the teacher's answer stands where there is none yet. */
  teacherState(session: ProjectSession, instructionId: number): Exclude<TeacherAhead, { state: "answered" }>;
  saveEdit(instructionId: number, fields: Readonly<Record<string, string>>, note: string): Promise<string | null>;
  afterShow(opened: OpenedQueue<CandidateQuery, CandidateItem>): void;
}

/** Candidates, which a person approves or refuses. */
export class CandidateKind implements QueueKind<CandidateQuery, CandidateItem> {
  readonly name = "candidates";
  readonly readQuery = readCandidateQuery;
  help: CandidateHelp | null = null;

  firstQuery(_session: ProjectSession): CandidateQuery {
    return { kind: "candidates", state: "waiting", sort: "oldest" };
  }

  source(session: ProjectSession, query: CandidateQuery, viewer: Viewer): QueueSource<QueueEntry, CandidateItem> {
    const { store, browser } = session;
    const reader = new QueueReader(store, browser.state);
    const words = editorWords();
    // Of what is decided already, everything is gone through.
    const isOpenQueue = query.state !== "approved" && query.state !== "refused";
    const open = (one: CandidateQuery): QueueEntry[] =>
      reader.entries(one, { actor: viewer.actor, config: session.project.config });
    return {
      title: candidateTitle(query, words),
      open: () => {
        const entries = open(query);
        return { entries, done: isOpenQueue ? reader.doneCount(entries) : 0 };
      },
      isDecided: (entry) => isOpenQueue && reader.isDecided(entry),
      read: (entry) => {
        const facts = readCandidateItem({ store, state: browser.state }, entry.instructionId, session.project.config);
        const teacher = this.help?.teacherState(session, entry.instructionId) ?? { state: "off" as const };
        const blind = viewer.blind || entry.reason !== "first";
        return facts && candidateView(facts, { actor: viewer.actor, blind, teacher }, words);
      },
      others: () => {
        const counts = browser.candidates.counts({});
        return CANDIDATE_STATES.filter((state) => state !== query.state).map((state) => ({
          id: JSON.stringify({ kind: "candidates", state, sort: query.sort } satisfies CandidateQuery),
          name: candidateStateName(state, words),
          count: counts.find((bucket) => bucket.state === state)?.count ?? 0,
        }));
      },
      whyEmpty: () => {
        const { iteration, half, hasText, sample } = query;
        return [iteration, half, hasText, sample].some((condition) => condition !== undefined) ? "filtered" : "nothing";
      },
    };
  }

  entryOf({ store }: ProjectSession, { instructionId = 0 }: Target): QueueEntry {
    const candidate = store.candidates.get(instructionId);
    if (!candidate) {
      throw new LionError("input", editorWords().t("#{0} is no candidate: open it instead.", instructionId));
    }
    const subject = instructionSubject(instructionId);
    return { instructionId, iteration: candidate.iteration, reason: "first", again: null, subject };
  }

  isSuggested({ suggestions }: CandidateItem): boolean {
    return suggestions.length > 0;
  }

  async saveEdit(
    instructionId: number,
    fields: Readonly<Record<string, string>>,
    note: string,
  ): Promise<string | null> {
    return this.help?.saveEdit(instructionId, fields, note) ?? null;
  }

  afterShow(opened: OpenedQueue<CandidateQuery, CandidateItem>): void {
    this.help?.afterShow(opened);
  }
}
