import { LionError } from "../errors.ts";
import type { EndpointProfile } from "../project/schema.ts";
import type { Spending } from "../store/ledger.ts";
import { Claims, type Reservation } from "./claims.ts";
import { MILLION, moneyText } from "./prices.ts";

export type Limits = EndpointProfile["limits"];

/**
 * One profile's caps on calls and money over the life of the project. What is in flight counts at its worst case, so
 * that a cap is never found exceeded afterwards. Costs are in millionths of the currency.
 */
export class Budget {
  readonly #profile: string;
  readonly #claims: Claims;
  #limits: Limits;
  #currency: string;

  /** @param spent what the ledger says the profile has used so far. */
  constructor(profile: string, limits: Limits, spent: Spending, currency = "") {
    this.#profile = profile;
    this.#claims = new Claims(spent);
    this.#limits = limits;
    this.#currency = currency;
  }

  /** Replaces the caps at any time; they count for the next reservation. */
  setLimits(limits: Limits, currency = this.#currency): void {
    this.#limits = limits;
    this.#currency = currency;
    this.#claims.wake();
  }

  /**
   * Claims one call and its worst-case cost. Null when only the worst cases of what is in flight stand in the way: once
   * they are settled there may be room (see `changed`).
   *
   * @throws LionError of kind `limit` when a cap leaves no room.
   */
  reserve(worstCost: number): Reservation | null {
    const { maxCalls, maxCost } = this.#limits;
    const { used, inFlight } = this.#claims;
    if (maxCalls !== undefined && used.calls + inFlight.calls + 1 > maxCalls) {
      throw this.#callsReached(maxCalls);
    }
    if (maxCost !== undefined) {
      const cap = maxCost * MILLION;
      if (used.cost + worstCost > cap) {
        throw this.#costReached(maxCost, worstCost);
      }
      if (used.cost + inFlight.cost + worstCost > cap) {
        return null;
      }
    }
    return this.#claims.claim(worstCost);
  }

  /** Resolves when a reservation has ended or the limits have changed; rejects with the signal's reason. */
  changed(signal?: AbortSignal): Promise<void> {
    return this.#claims.changed(signal);
  }

  #callsReached(maxCalls: number): LionError {
    const { used, inFlight } = this.#claims;
    const flying = inFlight.calls > 0 ? ` and ${inFlight.calls} in flight` : "";
    return new LionError(
      "limit",
      `Profile "${this.#profile}" has reached its cap of ${maxCalls} calls (${used.calls} used${flying}): raise profiles.${this.#profile}.limits.maxCalls in lion.json and run again.`,
    );
  }

  #costReached(maxCost: number, worstCost: number): LionError {
    const { used, inFlight } = this.#claims;
    const flying = inFlight.cost > 0 ? `, up to ${this.#money(inFlight.cost)} in flight` : "";
    return new LionError(
      "limit",
      `Profile "${this.#profile}" has reached its cap of ${this.#money(maxCost * MILLION)} (${this.#money(used.cost)} used${flying}; the next request may cost ${this.#money(worstCost)}): raise profiles.${this.#profile}.limits.maxCost in lion.json and run again.`,
    );
  }

  #money(millionths: number): string {
    return moneyText(millionths, this.#currency);
  }
}
