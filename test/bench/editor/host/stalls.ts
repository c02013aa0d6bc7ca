import { Stopwatch, type Taken } from "./stopwatch.ts";

const TICK_MS = 4;
/** What a person begins to feel. */
const WORTH_COUNTING_MS = 50;

/** How often something kept the extension host from everything else. */
export interface Stalls {
  /** Those above 50 ms. */
  readonly count: number;
  readonly longest: Taken;
}

const NONE: Taken = { wall: 0, cpu: 0 };

/** Looks every few milliseconds whether the thread is free, and keeps how late it came to that. */
export class StallWatch {
  #count = 0;
  #longest = NONE;
  #timer: NodeJS.Timeout | null = null;

  /** Begins anew. */
  start(): void {
    this.#stop();
    this.#count = 0;
    this.#longest = NONE;
    this.#tick();
  }

  /** Ends, and says what there was since `start`. */
  take(): Stalls {
    this.#stop();
    return { count: this.#count, longest: this.#longest };
  }

  #tick(): void {
    const watch = new Stopwatch();
    this.#timer = setTimeout(() => {
      const { wall, cpu } = watch.taken();
      const late = { wall: wall - TICK_MS, cpu };
      this.#count += late.wall > WORTH_COUNTING_MS ? 1 : 0;
      this.#longest = late.wall > this.#longest.wall ? late : this.#longest;
      this.#tick();
    }, TICK_MS);
  }

  #stop(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }
}
