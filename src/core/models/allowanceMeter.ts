import { LionError } from "../errors.ts";
import type { Allowance, AllowanceRepository } from "../store/allowances.ts";
import { Claims, type Reservation } from "./claims.ts";
import { moneyText } from "./prices.ts";

type AllowanceBook = Pick<AllowanceRepository, "newest" | "boundedBefore" | "used">;

/** The claims of an iteration's requests by currency; null for what has no price. */
type ClaimsOfIteration = Map<string | null, Claims>;

/**
 * Holds the requests of all roles to what was allowed for their iteration. What is in flight counts at its worst case, so
 * that an allowance is never found exceeded afterwards. The newest allowance is looked up each time: raised while the
 * work goes on, it counts for the next request. Where nobody ever allowed anything nothing is bounded; once somebody did,
 * each later iteration waits for an allowance of its own.
 */
export class AllowanceMeter {
  readonly #allowances: AllowanceBook;
  readonly #iterations = new Map<number, ClaimsOfIteration>();

  constructor(allowances: AllowanceBook) {
    this.#allowances = allowances;
  }

  /** Whether an iteration's money is bounded. */
  boundsMoney(iteration: number): boolean {
    return (this.#allowances.newest(iteration)?.cost ?? null) !== null;
  }

  /**
   * Claims one call and its worst-case cost, in millionths of its currency (null: it has no price). Null when only the
   * worst cases of what is in flight stand in the way: once they are settled there may be room (see `changed`).
   *
   * @throws LionError of kind `limit`, with the problem `allowance`, when the allowance leaves no room.
   */
  reserve(iteration: number, worstCost: number, currency: string | null): Reservation | null {
    const claims = this.#claims(iteration, currency);
    const allowance = this.#allowances.newest(iteration);
    if (!allowance) {
      if (this.#allowances.boundedBefore(iteration)) {
        throw notYetAllowed(iteration);
      }
      return claims.claim(worstCost);
    }
    const { calls, inFlight } = this.#callsOf(iteration);
    if (allowance.calls !== null && calls + inFlight + 1 > allowance.calls) {
      const flying = inFlight > 0 ? ` and ${inFlight} in flight` : "";
      throw usedUp(iteration, `${allowance.calls} calls were allowed, ${calls} are used${flying}`);
    }
    return worstCost === 0 || allowance.cost === null
      ? claims.claim(worstCost)
      : pay(iteration, allowance, claims, {
          worstCost,
          currency: currency ?? "",
        });
  }

  /** Resolves when a request in this currency has ended; rejects with the signal's reason. */
  changed(iteration: number, currency: string | null, signal?: AbortSignal): Promise<void> {
    return this.#claims(iteration, currency).changed(signal);
  }

  #callsOf(iteration: number): { calls: number; inFlight: number } {
    const all = [...this.#ofIteration(iteration).values()];
    return {
      calls: all.reduce((sum, { used }) => sum + used.calls, 0),
      inFlight: all.reduce((sum, claims) => sum + claims.inFlight.calls, 0),
    };
  }

  #claims(iteration: number, currency: string | null): Claims {
    const ofIteration = this.#ofIteration(iteration);
    let claims = ofIteration.get(currency);
    if (!claims) {
      claims = new Claims({ calls: 0, cost: 0 });
      ofIteration.set(currency, claims);
    }
    return claims;
  }

  /** Read from the ledger when the iteration's first request is about to leave, and counted from there on. */
  #ofIteration(iteration: number): ClaimsOfIteration {
    let ofIteration = this.#iterations.get(iteration);
    if (!ofIteration) {
      const { calls, costs } = this.#allowances.used(iteration);
      ofIteration = new Map<string | null, Claims>(
        costs.map(({ currency, cost }) => [currency, new Claims({ calls: 0, cost })]),
      );
      ofIteration.set(null, new Claims({ calls, cost: 0 }));
      this.#iterations.set(iteration, ofIteration);
    }
    return ofIteration;
  }
}

/** Claims money: it must be in the currency of the allowance, and fit in beside what is in flight. */
function pay(
  iteration: number,
  allowance: Allowance,
  claims: Claims,
  { worstCost, currency }: { readonly worstCost: number; readonly currency: string },
): Reservation | null {
  const allowed = allowance.cost ?? 0;
  const { used, inFlight } = claims;
  const money = (millionths: number): string => moneyText(millionths, currency);
  if (currency !== allowance.currency) {
    throw usedUp(
      iteration,
      `${moneyText(allowed, allowance.currency ?? "")} were allowed, and the next request is paid in ${currency}`,
    );
  }
  if (used.cost + worstCost > allowed) {
    const flying = inFlight.cost > 0 ? `, up to ${money(inFlight.cost)} are in flight` : "";
    throw usedUp(
      iteration,
      `${money(allowed)} were allowed, ${money(used.cost)} are used${flying}, and the next request may cost ${money(worstCost)}`,
    );
  }
  return used.cost + inFlight.cost + worstCost > allowed ? null : claims.claim(worstCost);
}

function notYetAllowed(iteration: number): LionError {
  return new LionError(
    "limit",
    `Nothing is allowed for iteration ${iteration} yet, and the iteration before it had an allowance: allow some with \`lion run --allow-calls N\` or \`--allow-cost X\`, and go on.`,
    { problem: { code: "allowance", iteration } },
  );
}

function usedUp(iteration: number, how: string): LionError {
  return new LionError(
    "limit",
    `The allowance of iteration ${iteration} leaves no room (${how}): allow more, on the command line with \`lion run --allow-calls N\` or \`--allow-cost X\`, and go on.`,
    { problem: { code: "allowance", iteration } },
  );
}
