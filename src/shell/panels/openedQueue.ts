import { workspace } from "vscode";
import type { QueueEntry } from "../../core/browse/queues.ts";
import { LionError } from "../../core/errors.ts";
import type { ActOptions } from "../../core/review/act.ts";
import type { Display } from "../../protocol/queue.ts";
import type { ProjectSession } from "../projectSession.ts";
import { editorWords } from "../words.ts";
import type { Claims } from "./claims.ts";
import { QueueDesk, type QueueSource } from "./queueDesk.ts";
import type { QueueMemory } from "./queueMemory.ts";
import type { Sitting } from "./sitting.ts";
import { stepsOf } from "./steps.ts";

/** Who looks at a queue, and how. */
export interface Viewer {
  readonly actor: string;
  /** Names, scores and earlier decisions are hidden. */
  readonly blind: boolean;
}

/** What belongs to one project while its queues are looked at. */
export interface QueueFrame<Query> {
  readonly session: ProjectSession;
  readonly memory: QueueMemory<Query>;
  readonly claims: Claims;
  readonly sitting: Sitting;
}

/** A queue that is open. */
export interface OpenedQueue<Query, Item> extends QueueFrame<Query> {
  readonly query: Query;
  readonly viewer: Viewer;
  readonly source: QueueSource<QueueEntry, Item>;
  readonly desk: QueueDesk<QueueEntry, Item>;
}

/** Opens a queue at the item that was on screen when it was left. */
export function openQueue<Query, Item>(
  frame: QueueFrame<Query>,
  options: {
    readonly query: Query;
    readonly viewer: Viewer;
    readonly source: QueueSource<QueueEntry, Item>;
    readonly display: Display;
  },
): OpenedQueue<Query, Item> {
  const { session, memory, claims, sitting } = frame;
  const { query, viewer, source, display } = options;
  const desk = new QueueDesk<QueueEntry, Item>({
    ...{ source, sitting, display, actor: viewer.actor, clock: session.clock },
    state: { onlyRead: onlyReadReason(session), blind: viewer.blind },
    held: claims.others(viewer.actor),
    startAt: memory.positionIn(query),
  });
  desk.steps = stepsOf(session, viewer.actor, editorWords());
  return { ...frame, query, viewer, source, desk };
}

/** How a decision on an item comes about. @param milliseconds the time on it, where it was before the person. */
export function optionsFor(
  { desk, viewer }: Pick<OpenedQueue<unknown, unknown>, "desk" | "viewer">,
  { reason, again }: QueueEntry,
  milliseconds: number | null,
): ActOptions {
  return {
    milliseconds,
    ...((viewer.blind || reason !== "first") && { blind: true }),
    ...(reason === "second" && { second: true }),
    ...(reason === "again" && again !== null && { again }),
    ...(desk.note !== "" && { note: desk.note }),
  };
}

/**
 * To be called within the write: two people, or two windows, at the same item at the same moment.
 *
 * @param wasDecided whether the item was shown as decided, so that changing that is meant.
 * @throws LionError for the later one, who then decides nothing.
 */
export function refuseTaken(
  { session, source, viewer }: Pick<OpenedQueue<unknown, unknown>, "session" | "source" | "viewer">,
  entry: QueueEntry,
  wasDecided: boolean,
): void {
  const isTaken = entry.reason === "first" && !wasDecided && source.isDecided(entry);
  if (isTaken || session.store.claims.othersHave(viewer.actor, session.clock.now()).has(entry.subject)) {
    throw new LionError(
      "input",
      editorWords().t(
        "#{0} is before another person, or has just been decided about: go on to the next.",
        entry.instructionId,
      ),
    );
  }
}

/** Why nothing can be decided, in a sentence; null where it can. */
function onlyReadReason({ onlyRead }: ProjectSession): string | null {
  return workspace.isTrusted
    ? onlyRead
    : editorWords().t("This folder is not trusted, so Lion only shows its data: trust it to decide.");
}
