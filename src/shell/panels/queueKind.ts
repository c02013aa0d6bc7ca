import type { QueueEntry } from "../../core/browse/queues.ts";
import type { ActContext, ActOptions } from "../../core/review/act.ts";
import type { EntryState, Screen } from "../../protocol/queue.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { OpenedQueue, Viewer } from "./openedQueue.ts";
import type { QueueSource } from "./queueDesk.ts";

/** An item that is named, whether or not it is in the queue. */
export interface Target {
  readonly instructionId?: number;
  readonly iteration?: number;
}

/** What a decision is made with. */
export interface Deciding extends ActContext {
  readonly entry: QueueEntry;
  readonly options: ActOptions;
}

/** What the queues of one page are read from, and what the page does of its own. */
export interface QueueKind<Query, Item> {
  /** Files what is remembered. */
  readonly name: string;
  readQuery(stored: unknown): Query | null;
  /** The queue to begin with. */
  firstQuery(session: ProjectSession): Query;
  source(session: ProjectSession, query: Query, viewer: Viewer): QueueSource<QueueEntry, Item>;
  entryOf(session: ProjectSession, target: Target): QueueEntry;
  /** Whether an agent's proposal is on the item. */
  isSuggested(item: Item): boolean;
  /** Stores what was written on the page. Returns what is wrong with it, or null. */
  saveEdit(instructionId: number, fields: Readonly<Record<string, string>>, note: string): Promise<string | null>;
  /** Called when an item is on screen and there is time. */
  afterShow(opened: OpenedQueue<Query, Item>): void;
}

/** The page as it is seen from here. */
export interface QueueScreen<Item> {
  isVisible(): boolean;
  isActive(): boolean;
  show(screen: Screen<Item>): void;
  ahead(entry: EntryState, item: Item): void;
}
