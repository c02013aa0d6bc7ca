import { Random } from "../../src/core/random.ts";

interface Served {
  readonly due: number;
  readonly arrive: () => void;
}

/**
 * An endpoint's line with its own time: at most `concurrency` requests are in service, the others queue, and replies
 * arrive in the order in which they are ready, one in each turn of the event loop. Equal requests in equal order give
 * equal arrivals, however fast the machine is.
 */
export class LatencyLine {
  readonly #concurrency: number;
  readonly #random: Random;
  readonly #waiting: Array<{ latency: number; arrive: () => void }> = [];
  #served: Served[] = [];
  #now = 0;
  #scheduled = false;
  /** The most that was in service at once. */
  mostInService = 0;

  constructor(concurrency: number, seed: string) {
    this.#concurrency = concurrency;
    this.#random = new Random(seed);
  }

  /** Resolves when the reply is ready: after `mean` units of time, give or take half of it. */
  request(mean: number): Promise<void> {
    return new Promise((arrive) => {
      this.#waiting.push({ latency: mean * (0.5 + this.#random.next()), arrive });
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#served.length < this.#concurrency) {
      const next = this.#waiting.shift();
      if (!next) {
        break;
      }
      this.#served.push({ due: this.#now + next.latency, arrive: next.arrive });
    }
    this.mostInService = Math.max(this.mostInService, this.#served.length);
    if (!this.#scheduled && this.#served.length > 0) {
      this.#scheduled = true;
      setImmediate(() => this.#deliver());
    }
  }

  #deliver(): void {
    this.#scheduled = false;
    const next = this.#served.reduce((earliest, one) => (one.due < earliest.due ? one : earliest));
    this.#served = this.#served.filter((one) => one !== next);
    this.#now = next.due;
    next.arrive();
    this.#admit();
  }
}
