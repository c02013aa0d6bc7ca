import type { Spending } from "../store/ledger.ts";

/** A request's claim, from before it leaves until its outcome is known. */
export interface Reservation {
  /** The request left and is over. @param cost millionths of the currency. */
  settle(cost: number): void;
  /** The request never left. */
  cancel(): void;
}

/** Both claims as one. */
export function both(first: Reservation, second: Reservation): Reservation {
  return {
    settle: (cost) => {
      first.settle(cost);
      second.settle(cost);
    },
    cancel: () => {
      first.cancel();
      second.cancel();
    },
  };
}

/**
 * Calls and money that were used, and what is in flight at its worst case. It bounds nothing itself: whoever asks for a
 * claim looks at the sums first. Costs are in millionths of one currency.
 */
export class Claims {
  #calls: number;
  #cost: number;
  #callsInFlight = 0;
  #costInFlight = 0;
  #waiting: Array<() => void> = [];

  /** @param used what the ledger says was used before. */
  constructor(used: Spending) {
    this.#calls = used.calls;
    this.#cost = used.cost;
  }

  get used(): Spending {
    return { calls: this.#calls, cost: this.#cost };
  }

  get inFlight(): Spending {
    return { calls: this.#callsInFlight, cost: this.#costInFlight };
  }

  /** Claims one call and its worst-case cost. */
  claim(worstCost: number): Reservation {
    this.#callsInFlight++;
    this.#costInFlight += worstCost;
    let open = true;
    const end = (calls: number, cost: number): void => {
      if (!open) {
        throw new Error("A reservation ends once.");
      }
      open = false;
      this.#callsInFlight--;
      this.#costInFlight -= worstCost;
      this.#calls += calls;
      this.#cost += cost;
      this.wake();
    };
    return { settle: (cost) => end(1, cost), cancel: () => end(0, 0) };
  }

  /** Resolves when a claim has ended or `wake` is called; rejects with the signal's reason. */
  changed(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
    });
  }

  /** Lets whoever waits look again. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }
}
