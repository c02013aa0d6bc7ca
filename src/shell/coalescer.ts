import type { Clock } from "../core/clock.ts";

/** Milliseconds from a change until it is told. */
const SOON_MS = 150;
/** What can wait and comes in a row is told after a pause of this length, */
const PAUSE_MS = 400;
/** but never later than this: also somebody who never pauses sees how far they are. */
const LONGEST_MS = 5000;

export interface CoalescerOptions<T> {
  readonly tell: (changes: ReadonlySet<T>) => void;
  readonly canWait: (change: T) => boolean;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Gathers changes and tells them together, soon. Changes that can wait are told in the pauses when they follow each other
 * quickly: what listens counts anew what the views show, and would hold up whoever decides key after key.
 */
export class Coalescer<T> {
  readonly #options: CoalescerOptions<T>;
  readonly #pending = new Set<T>();
  #timer: NodeJS.Timeout | null = null;
  #isPatient = false;
  #firstAt = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(options: CoalescerOptions<T>) {
    this.#options = options;
  }

  add(changes: readonly T[]): void {
    if (changes.length === 0) {
      return;
    }
    const now = this.#options.clock.now();
    if (this.#pending.size === 0) {
      this.#firstAt = now;
    }
    for (const change of changes) {
      this.#pending.add(change);
    }
    const inRow = now - this.#lastAt < SOON_MS + PAUSE_MS;
    this.#lastAt = now;
    if (inRow && [...this.#pending].every(this.#options.canWait)) {
      this.#isPatient = true;
      this.#start(Math.max(0, Math.min(PAUSE_MS, LONGEST_MS - (now - this.#firstAt))));
    } else if (this.#timer === null || this.#isPatient) {
      this.#isPatient = false;
      this.#start(SOON_MS);
    }
  }

  dispose(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }

  #start(milliseconds: number): void {
    this.dispose();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const told = new Set(this.#pending);
      this.#pending.clear();
      this.#options.tell(told);
    }, milliseconds);
  }
}
