import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { MILLION } from "../models/prices.ts";
import type { ProjectConfig } from "../project/schema.ts";
import type { Allowance, Used } from "../store/allowances.ts";
import type { Store } from "../store/store.ts";
import { iterationAtHand } from "./iterations.ts";

/** What is allowed for an iteration, and what of it is used. */
export interface AllowanceState {
  readonly iteration: number;
  /** Null when nobody has allowed anything: then nothing is bounded. */
  readonly allowed: Allowance | null;
  readonly used: Used;
}

/** What a person allows: bounds for an iteration in all, not on top of what is used already. Null is no bound. */
export interface Grant extends Allowance {
  readonly iteration: number;
  /** Who allows it. */
  readonly actor: string;
}

/**
 * Allows an iteration a number of calls and an amount of money, in millionths of the currency. The newest allowance
 * counts; an engine at work looks it up before its next request.
 *
 * @throws LionError of kind `input` when an amount makes no sense.
 */
export function grantAllowance(store: Store, clock: Clock, grant: Grant): AllowanceState {
  const { iteration, calls, cost, currency, actor } = grant;
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (calls !== null && !isWhole(calls)) {
    throw new LionError("input", `An allowance of ${calls} calls makes no sense: give a whole number of at least 0.`);
  }
  if (cost !== null && !isWhole(Math.round(cost))) {
    throw new LionError("input", `An allowance of ${cost / MILLION} makes no sense: give an amount of at least 0.`);
  }
  if (cost !== null && !currency) {
    throw new LionError("input", "An allowance in money needs its currency: name it, or allow a number of calls only.");
  }
  store.write(() => {
    const whole = cost === null ? null : Math.round(cost);
    store.ledger.allowances.add(iteration, { calls, cost: whole, currency: currency || null }, actor, clock.now());
  });
  return allowanceOf(store, iteration);
}

/**
 * Allows the iteration that runs or comes next a number of calls and an amount of money, this one in units of the
 * currency in which the roles are paid. Null is no bound.
 *
 * @throws LionError of kind `input` when an amount makes no sense, or money when the roles have no single currency.
 */
export function allowIterationAtHand(
  store: Store,
  clock: Clock,
  config: Pick<ProjectConfig, "roles" | "profiles">,
  { calls, cost, actor }: { readonly calls: number | null; readonly cost: number | null; readonly actor: string },
): AllowanceState {
  return grantAllowance(store, clock, {
    iteration: iterationAtHand(store).number,
    calls,
    cost: cost === null ? null : cost * MILLION,
    currency: cost === null ? null : currencyOfRoles(config),
    actor,
  });
}

/** What is allowed for an iteration now, and what its requests have used. */
export function allowanceOf(store: Store, iteration: number): AllowanceState {
  const { allowances } = store.ledger;
  return { iteration, allowed: allowances.newest(iteration), used: allowances.used(iteration) };
}

/**
 * The one currency in which the roles' profiles are paid, for an allowance in money.
 *
 * @throws LionError of kind `input` when no role has prices, or they are in several currencies.
 */
function currencyOfRoles({ roles, profiles }: Pick<ProjectConfig, "roles" | "profiles">): string {
  const currencies = new Set(
    Object.values(roles).flatMap((name) => {
      const profile = name === undefined ? undefined : profiles[name];
      return profile && profile.kind !== "checkpoint" && profile.prices ? [profile.prices.currency] : [];
    }),
  );
  const [first, ...others] = currencies;
  if (first === undefined) {
    throw new LionError(
      "input",
      "An allowance in money needs prices, and no role's profile in lion.json has some: add prices to the profiles, or allow a number of calls only.",
    );
  }
  if (others.length > 0) {
    throw new LionError(
      "input",
      `An allowance in money needs one currency, and the roles' profiles are paid in ${[first, ...others].join(" and ")}: allow a number of calls only.`,
    );
  }
  return first;
}
