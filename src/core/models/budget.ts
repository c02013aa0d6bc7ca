import { LionError } from "../errors.ts";
import type { EndpointProfile } from "../project/schema.ts";
import type { Spending } from "../store/ledger.ts";

export type Limits = EndpointProfile["limits"];

const MILLION = 1_000_000;

/** A request's claim on the budget, from before it leaves until its outcome is known. */
export interface Reservation {
  /** The request left and is over. @param cost millionths of the currency. */
  settle(cost: number): void;
  /** The request never left. */
  cancel(): void;
}

/**
 * One profile's caps on calls and money over the life of the project. What is in flight counts at its worst case, so
 * that a cap is never found exceeded afterwards. Costs are in millionths of the currency.
 */
export class Budget {
  readonly #profile: string;
  #limits: Limits;
  #currency: string;
  #calls: number;
  #cost: number;
  #callsInFlight = 0;
  #costInFlight = 0;
  #waiting: Array<() => void> = [];

  /** @param spent what the ledger says the profile has used so far. */
  constructor(profile: string, limits: Limits, spent: Spending, currency = "") {
    this.#profile = profile;
    this.#limits = limits;
    this.#calls = spent.calls;
    this.#cost = spent.cost;
    this.#currency = currency;
  }

  /** Replaces the caps at any time; they count for the next reservation. */
  setLimits(limits: Limits, currency = this.#currency): void {
    this.#limits = limits;
    this.#currency = currency;
    this.#wake();
  }

  /**
   * Claims one call and its worst-case cost. Null when only the worst cases of what is in flight stand in the way: once
   * they are settled there may be room (see `changed`).
   *
   * @throws LionError of kind `limit` when a cap leaves no room.
   */
  reserve(worstCost: number): Reservation | null {
    const { maxCalls, maxCost } = this.#limits;
    if (maxCalls !== undefined && this.#calls + this.#callsInFlight + 1 > maxCalls) {
      throw this.#callsReached(maxCalls);
    }
    if (maxCost !== undefined) {
      const cap = maxCost * MILLION;
      if (this.#cost + worstCost > cap) {
        throw this.#costReached(maxCost, worstCost);
      }
      if (this.#cost + this.#costInFlight + worstCost > cap) {
        return null;
      }
    }
    this.#callsInFlight++;
    this.#costInFlight += worstCost;
    return this.#reservation(worstCost);
  }

  /** Resolves when a reservation has ended or the limits have changed; rejects with the signal's reason. */
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

  #reservation(worstCost: number): Reservation {
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
      this.#wake();
    };
    return { settle: (cost) => end(1, cost), cancel: () => end(0, 0) };
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }

  #callsReached(maxCalls: number): LionError {
    const inFlight = this.#callsInFlight > 0 ? ` and ${this.#callsInFlight} in flight` : "";
    return new LionError(
      "limit",
      `Profile "${this.#profile}" has reached its cap of ${maxCalls} calls (${this.#calls} used${inFlight}): raise profiles.${this.#profile}.limits.maxCalls in lion.json and run again.`,
    );
  }

  #costReached(maxCost: number, worstCost: number): LionError {
    const inFlight = this.#costInFlight > 0 ? `, up to ${this.#money(this.#costInFlight)} in flight` : "";
    return new LionError(
      "limit",
      `Profile "${this.#profile}" has reached its cap of ${this.#money(maxCost * MILLION)} (${this.#money(this.#cost)} used${inFlight}; the next request may cost ${this.#money(worstCost)}): raise profiles.${this.#profile}.limits.maxCost in lion.json and run again.`,
    );
  }

  #money(millionths: number): string {
    return `${Number((millionths / MILLION).toFixed(6))} ${this.#currency}`.trim();
  }
}
