import type { Clock } from "../../core/clock.ts";
import type { Display, Editing, EmptyReason, QueueChoice, QueueState, Screen } from "../../protocol/queue.ts";
import { fitting } from "./fittingMessage.ts";
import { keyOf, type Queued, QueueSession } from "./queueSession.ts";
import type { Sitting } from "./sitting.ts";

/** How many items are sent before they are shown. */
const AHEAD = 2;

/** What a queue is read from. */
export interface QueueSource<E extends Queued, Item> {
  /** What is gone through, in words. */
  readonly title: string;
  /** All of the queue as the data is now, and how many of it are decided. */
  open(): { readonly entries: readonly E[]; readonly done: number };
  isDecided(entry: E): boolean;
  /** The item as this person is shown it; null when there is none (any more). */
  read(entry: E): Item | null;
  /** Other queues, for when this one is empty. */
  others(): readonly QueueChoice[];
  /** Why the queue has nothing in it. */
  whyEmpty(): Exclude<EmptyReason, "finished" | "claimed">;
}

/** What Undo and Redo would do, in words. */
export interface Steps {
  readonly undo: string | null;
  readonly redo: string | null;
}

/** An item as it was read for the page. */
interface ReadItem<Item> {
  readonly item: Item;
  readonly json: string;
  /** Whether it was decided by then. */
  readonly wasDecided: boolean;
}

/**
 * What one person has before them: a queue, the item on screen, and what the page has been sent. It reads and never
 * writes. What `screen` does between a key and the next item on screen is all there is to wait for, so that it reads no
 * more than that item, and nothing when it was sent ahead.
 */
export class QueueDesk<E extends Queued, Item> {
  readonly queue: QueueSession<E>;
  readonly actor: string;
  display: Display;
  editing: Editing | null = null;
  steps: Steps = { undo: null, redo: null };
  said = "";
  /** A note for the next decision on the item on screen. */
  note = "";
  readonly #source: QueueSource<E, Item>;
  readonly #clock: Pick<Clock, "now">;
  readonly #sitting: Sitting;
  readonly #state: Pick<QueueState, "onlyRead" | "blind">;
  readonly #sent = new Map<string, ReadItem<Item>>();
  #onScreen: (ReadItem<Item> & { readonly key: string }) | null = null;
  #painted: { readonly key: string; readonly at: number } | null = null;
  #waiting: Array<() => void> = [];

  constructor(options: {
    readonly source: QueueSource<E, Item>;
    readonly actor: string;
    readonly clock: Pick<Clock, "now">;
    readonly sitting: Sitting;
    readonly display: Display;
    readonly state: Pick<QueueState, "onlyRead" | "blind">;
    readonly held: ReadonlySet<string>;
    readonly startAt: string | null;
  }) {
    this.#source = options.source;
    this.actor = options.actor;
    this.#clock = options.clock;
    this.#sitting = options.sitting;
    this.display = options.display;
    this.#state = options.state;
    this.queue = new QueueSession<E>({
      ...options.source.open(),
      ...{ held: options.held, startAt: options.startAt },
      isDecided: (entry) => options.source.isDecided(entry),
    });
  }

  /** The item on screen; null when there is none. */
  get item(): Item | null {
    return this.#onScreen?.item ?? null;
  }

  /** Whether the item on screen is shown as a decided one, so that deciding about it changes what was decided. */
  get isShownDecided(): boolean {
    return this.#onScreen?.wasDecided === true;
  }

  /** Milliseconds since the item was painted, at least one; null when it was not. */
  get milliseconds(): number | null {
    const { current } = this.queue;
    return current && this.#painted?.key === keyOf(current) ? Math.max(1, this.#clock.now() - this.#painted.at) : null;
  }

  /**
   * What is to be shown now.
   *
   * @param whole with the item as it is now, also where the page was sent it before.
   */
  screen(whole = false): Screen<Item> {
    let entry = this.queue.current;
    while (entry) {
      const key = keyOf(entry);
      const sent = whole
        ? undefined
        : (this.#sent.get(key) ?? (this.#onScreen?.key === key ? this.#onScreen : undefined));
      const read = sent ?? this.#read(entry);
      if (read) {
        this.#sent.delete(key);
        this.#onScreen = { key, ...read };
        const { instructionId, reason } = entry;
        return {
          ...{ state: "item", queue: this.#queueState(), display: this.display, editing: this.editing },
          entry: { key, instructionId, reason },
          ...(!sent && { item: this.editing ? fitting(read.item, this.editing).item : read.item }),
        };
      }
      // It is gone: an undo took back what had made it.
      this.queue.drop();
      entry = this.queue.current;
    }
    this.#onScreen = null;
    return { state: "empty", queue: this.#queueState(), why: this.#why(), others: this.#source.others() };
  }

  /** The items that come next and that the page was not sent yet; they count as sent. */
  ahead(): Array<{ readonly entry: E; readonly key: string; readonly item: Item }> {
    const coming = this.queue.ahead(AHEAD).map((entry) => ({ entry, key: keyOf(entry) }));
    const keys = new Set(coming.map(({ key }) => key));
    for (const key of this.#sent.keys()) {
      if (!keys.has(key)) {
        this.#sent.delete(key);
      }
    }
    return coming.flatMap(({ entry, key }) => {
      const read = this.#sent.has(key) || key === this.#onScreen?.key ? null : this.#read(entry);
      if (read) {
        this.#sent.set(key, read);
      }
      return read ? [{ entry, key, item: read.item }] : [];
    });
  }

  /** Takes over what has changed in the data. Returns whether what is on screen looks different now. */
  renew(): boolean {
    const { entries, done } = this.#source.open();
    const before = JSON.stringify([this.queue.position, this.queue.total, this.queue.done]);
    this.queue.merge(entries, done);
    return this.renewItems() || before !== JSON.stringify([this.queue.position, this.queue.total, this.queue.done]);
  }

  /** Reads again what the page has. Returns whether the item on screen has changed; what was sent ahead is sent anew. */
  renewItems(): boolean {
    for (const [key, { json }] of this.#sent) {
      const entry = this.queue.ahead(AHEAD).find((one) => keyOf(one) === key);
      if (!entry || this.#read(entry)?.json !== json) {
        this.#sent.delete(key);
      }
    }
    const { current } = this.queue;
    const onScreen = this.#onScreen;
    return current === null || onScreen === null || keyOf(current) !== onScreen.key
      ? current !== null || onScreen !== null
      : this.#read(current)?.json !== onScreen.json;
  }

  /** The person has decided about what was on screen; the next item is. */
  decided(wasDecided: boolean, said: string): void {
    this.queue.decided(wasDecided);
    this.#sitting.decide();
    this.say(said);
  }

  /** Tells what was done, and forgets what belonged to the item that was on screen. */
  say(said: string): void {
    this.said = said;
    this.note = "";
    this.editing = null;
  }

  /** The page is gone for a while: whatever it was sent is gone too, and nobody looks at the item. */
  hide(): void {
    this.#sent.clear();
    this.#painted = null;
  }

  painted(key: string): void {
    this.#painted = { key, at: this.#clock.now() };
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }

  /** Resolves when the item before the person has been on screen: nobody decides about what they cannot have seen. */
  async seen(limitMs: number): Promise<void> {
    const { current } = this.queue;
    if (current && this.#painted?.key !== keyOf(current)) {
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.push(resolve)),
        new Promise<void>((resolve) => setTimeout(resolve, limitMs)),
      ]);
    }
  }

  #read(entry: E): ReadItem<Item> | null {
    const item = this.#source.read(entry);
    return item && { ...fitting(item), wasDecided: this.#source.isDecided(entry) };
  }

  #why(): EmptyReason {
    if (this.queue.total === 0) {
      return this.#source.whyEmpty();
    }
    return this.queue.isClaimedByOthers ? "claimed" : "finished";
  }

  #queueState(): QueueState {
    const { position, total, done, left } = this.queue;
    return {
      ...{ position, total, done, left },
      title: this.#source.title,
      perHour: this.#sitting.perHour,
      minutesLeft: this.#sitting.minutesFor(left),
      ...this.steps,
      said: this.said,
      actor: this.actor,
      ...this.#state,
    };
  }
}
