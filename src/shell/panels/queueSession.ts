import type { Reason } from "../../protocol/queue.ts";

/** An item in a queue, before its content is read. */
export interface Queued {
  readonly instructionId: number;
  readonly iteration: number;
  readonly reason: Reason;
  /** This person's decision that is asked for again; null where it is not that. */
  readonly again: number | null;
  /** What a decision on it is about. */
  readonly subject: string;
}

/** What names an item in its queue: `12`, of a verdict `2:12`, with the reason behind it where it is not the first. */
export function keyOf({ subject, reason }: Pick<Queued, "subject" | "reason">): string {
  const name = subject.slice(subject.indexOf(":") + 1);
  return reason === "first" ? name : `${name}:${reason}`;
}

/** Whether a decision on one of some subjects is seen on an item: what is decided about an instruction, on its verdicts too. */
function concerns({ subject, instructionId }: Queued, subjects: ReadonlySet<string>): boolean {
  return subjects.has(subject) || subjects.has(`instruction:${instructionId}`);
}

/**
 * A person's way through a queue: what is before them, what comes next, what they have decided since it was opened. What
 * they have seen stays in it, so that they can go back to it. Of decided items and of those that others hold, `advance`
 * leads past; stepping by `next` and `previous` shows them all.
 */
export class QueueSession<E extends Queued = Queued> {
  #entries: E[];
  #places = new Map<string, number>();
  #at = -1;
  #done: number;
  readonly #isDecided: (entry: E) => boolean;
  /** Decided in this session. */
  readonly #decided = new Set<string>();
  /** Of these, what the data still calls open: the teacher's answer was mended, and the verdict on it left as it was. */
  readonly #mended = new Set<string>();
  /** Decided by others or before, as far as was asked since the data changed. */
  readonly #known = new Set<string>();
  readonly #skipped = new Set<string>();
  readonly #shown = new Set<string>();
  #held: ReadonlySet<string> = new Set();
  #alone: E | null = null;

  /**
   * @param options.entries all of the queue, in order.
   * @param options.done how many of them are decided already.
   * @param options.isDecided whether one is, by the decisions in force; only asked of those that come near.
   * @param options.startAt the key of the item that was on screen when the queue was left.
   */
  constructor(options: {
    readonly entries: readonly E[];
    readonly done: number;
    readonly isDecided: (entry: E) => boolean;
    readonly held?: ReadonlySet<string>;
    readonly startAt?: string | null;
  }) {
    this.#entries = [...options.entries];
    this.#done = options.done;
    this.#isDecided = options.isDecided;
    this.#held = options.held ?? this.#held;
    this.#index();
    const start = this.#places.get(options.startAt ?? "");
    if (start !== undefined && !this.#isHeld(start)) {
      this.#moveTo(start);
    } else {
      this.advance();
    }
  }

  /** What is before the person; null when nothing is. */
  get current(): E | null {
    return this.#alone ?? this.#entries[this.#at] ?? null;
  }

  /** Its place from 1; 0 when nothing is before the person, or something that is not in the queue. */
  get position(): number {
    return this.#alone ? 0 : this.#at + 1;
  }

  get total(): number {
    return this.#entries.length;
  }

  get done(): number {
    return Math.min(this.#done, this.total);
  }

  get left(): number {
    return this.total - this.done;
  }

  /** Whether others hold all that is left. */
  get isClaimedByOthers(): boolean {
    return this.#entries.some((entry, place) => this.#isHeld(place) && !this.#isDone(entry));
  }

  /** One further, whether or not it is decided. Returns false at the end. */
  next(): boolean {
    return this.#step(1);
  }

  previous(): boolean {
    return this.#step(-1);
  }

  /** To the next item that is open; from the end on from the beginning, and then to what was skipped. */
  advance(): boolean {
    this.#alone = null;
    const place = this.#openAfter(this.#at, 1)[0];
    if (place === undefined && this.#skipped.size > 0) {
      this.#skipped.clear();
      return this.advance();
    }
    this.#moveTo(place ?? -1);
    return place !== undefined;
  }

  /** Leaves the item before the person for later. */
  skip(): boolean {
    const { current } = this;
    if (current) {
      this.#skipped.add(keyOf(current));
    }
    return this.advance();
  }

  /**
   * The item before the person is decided by them, and the next one is before them.
   *
   * @param wasDecided whether it was decided before, so that the count stays.
   */
  decided(wasDecided: boolean): void {
    const { current } = this;
    if (current) {
      const key = keyOf(current);
      this.#done += wasDecided || this.#decided.has(key) || this.#alone ? 0 : 1;
      this.#note(current);
    }
    this.advance();
  }

  /** Leads on from an item that has been decided among others. */
  pass(): void {
    if (this.current && this.#isDone(this.current)) {
      this.advance();
    }
  }

  /** What is before the person is there no more; the next open item is before them. */
  drop(): void {
    if (!this.#alone) {
      this.#entries.splice(this.#at, 1);
      this.#at--;
      this.#index();
    }
    this.advance();
  }

  /** What was decided about is open again, or the other way round. */
  setDecided(subjects: readonly string[], isDecided: boolean): void {
    this.#known.clear();
    const wanted = new Set(subjects);
    for (const entry of this.#entries) {
      const key = keyOf(entry);
      if (concerns(entry, wanted) && this.#decided.has(key) !== isDecided) {
        this.#done = Math.max(0, this.#done + (isDecided ? 1 : -1));
        if (isDecided) {
          this.#note(entry);
        } else {
          this.#decided.delete(key);
          this.#mended.delete(key);
        }
      }
    }
  }

  /** Goes to the item of a subject. Returns false when it is not in the queue. */
  goTo(subject: string): boolean {
    const wanted = new Set([subject]);
    const place = this.#entries.findIndex((entry) => concerns(entry, wanted));
    if (place === -1) {
      return false;
    }
    this.#alone = null;
    this.#moveTo(place);
    return true;
  }

  /** Puts something before the person that is not in the queue; the next step leads back into it. */
  showAlone(entry: E): void {
    this.#alone = entry;
  }

  /** Subjects that other people have before them. */
  setHeld(held: ReadonlySet<string>): void {
    this.#held = held;
  }

  /** The next items that `advance` would lead to, at most so many. */
  ahead(count: number): E[] {
    return this.#openAfter(this.#at, count).flatMap((place) => this.#entries[place] ?? []);
  }

  /**
   * Takes over what the data is now. New items come last; what others have decided meanwhile drops out unless it has been
   * before the person or was decided by them; what was undone in another window is open again.
   *
   * @param done how many of the fresh entries are decided.
   */
  merge(fresh: readonly E[], done: number): void {
    const current = this.#alone ? null : this.current;
    const still = new Set(fresh.map(keyOf));
    const isKept = (key: string): boolean => still.has(key) || this.#shown.has(key) || this.#decided.has(key);
    const kept = this.#entries.filter((entry) => isKept(keyOf(entry)));
    const gone = kept.filter((entry) => !still.has(keyOf(entry)) && this.#decided.has(keyOf(entry)));
    const ours = fresh.filter((entry) => this.#decided.has(keyOf(entry)) && !this.#isDecided(entry));
    const mended = ours.filter((entry) => this.#mended.has(keyOf(entry)));
    for (const entry of ours.filter((entry) => !mended.includes(entry))) {
      this.#decided.delete(keyOf(entry));
    }
    this.#entries = [...kept, ...fresh.filter((entry) => !this.#places.has(keyOf(entry)))];
    this.#done = done + gone.length + mended.length;
    this.#known.clear();
    this.#index();
    this.#at = current ? (this.#places.get(keyOf(current)) ?? -1) : this.#at;
    if (!this.current) {
      this.advance();
    }
  }

  #note(entry: E): void {
    const key = keyOf(entry);
    this.#decided.add(key);
    if (this.#isDecided(entry)) {
      this.#mended.delete(key);
    } else {
      this.#mended.add(key);
    }
  }

  #index(): void {
    this.#places = new Map(this.#entries.map((entry, place) => [keyOf(entry), place]));
  }

  #step(by: 1 | -1): boolean {
    if (this.#alone) {
      this.#alone = null;
      return this.current !== null || this.advance();
    }
    for (let place = this.#at + by; place >= 0 && place < this.total; place += by) {
      if (!this.#isHeld(place)) {
        this.#moveTo(place);
        return true;
      }
    }
    return false;
  }

  #moveTo(place: number): void {
    this.#at = place;
    const entry = this.#entries[place];
    if (entry) {
      this.#shown.add(keyOf(entry));
    }
  }

  #openAfter(from: number, count: number): number[] {
    const found: number[] = [];
    for (let step = 1; step <= this.total && found.length < count; step++) {
      const place = (from + step) % this.total;
      const entry = this.#entries[place];
      if (entry && !this.#skipped.has(keyOf(entry)) && !this.#isHeld(place) && !this.#isDone(entry)) {
        found.push(place);
      }
    }
    // At the end of a way round the item itself comes again; it is not its own successor while it is on screen.
    return found.filter((place) => place !== from || count === 1);
  }

  #isDone(entry: E): boolean {
    const key = keyOf(entry);
    if (this.#decided.has(key) || this.#known.has(key)) {
      return true;
    }
    const isDone = this.#isDecided(entry);
    if (isDone) {
      this.#known.add(key);
    }
    return isDone;
  }

  #isHeld(place: number): boolean {
    return this.#held.has(this.#entries[place]?.subject ?? "");
  }
}
