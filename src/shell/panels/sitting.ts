import type { Clock } from "../../core/clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** With fewer, a speed would say nothing. */
const ENOUGH = 5;
/** Whoever takes longer for one item has done something else in between. */
const LONGEST = 5 * MINUTE;

/** How fast a person decides in one sitting: from opening the queue to closing it. */
export class Sitting {
  readonly #clock: Pick<Clock, "now">;
  #last: number;
  #worked = 0;
  #decided = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
    this.#last = clock.now();
  }

  /** One more item is decided. */
  decide(): void {
    const now = this.#clock.now();
    this.#worked += Math.min(now - this.#last, LONGEST);
    this.#last = now;
    this.#decided++;
  }

  /** Items an hour; null before there are enough to tell. */
  get perHour(): number | null {
    return this.#decided < ENOUGH || this.#worked <= 0 ? null : Math.round((this.#decided * HOUR) / this.#worked);
  }

  /** Whole minutes, at least one, that so many items will take at this speed; null before it is known, or for none. */
  minutesFor(items: number): number | null {
    const { perHour } = this;
    return perHour === null || perHour === 0 || items === 0 ? null : Math.max(1, Math.ceil((60 * items) / perHour));
  }
}
