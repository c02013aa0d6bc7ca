import type { AllowanceState } from "../../core/loop/allowance.ts";
import type { Estimate } from "../../core/loop/estimate.ts";
import { MILLION } from "../../core/models/prices.ts";
import type { ProjectConfig } from "../../core/project/schema.ts";
import type { Allowance } from "../../core/store/allowances.ts";
import type { Localizer } from "../trees/localizer.ts";
import { totalText } from "./estimateText.ts";

/** Whether asking one of these profiles may cost something: another's endpoint, or one that is given prices. */
export function isPaid(config: Pick<ProjectConfig, "profiles">, names: readonly (string | undefined)[]): boolean {
  return names.some((name) => {
    const profile = name === undefined ? undefined : config.profiles[name];
    return profile !== undefined && profile.kind !== "checkpoint" && (profile.kind === "openai" || profile.prices);
  });
}

/** Whether an allowance was given and is not used up. */
export function hasRoom({ allowed, used }: AllowanceState): boolean {
  if (!allowed) {
    return false;
  }
  const spent = used.costs.find(({ currency }) => currency === allowed.currency)?.cost ?? 0;
  return (allowed.calls === null || used.calls < allowed.calls) && (allowed.cost === null || spent < allowed.cost);
}

/** The estimate's own suggestion as an allowance. */
export function suggestedAllowance({ suggestion }: Pick<Estimate, "suggestion">): Allowance {
  const { calls, cost } = suggestion;
  return { calls, cost: cost?.cost ?? null, currency: cost?.currency ?? null };
}

/** An allowance in words. */
export function allowanceText({ calls, cost, currency }: Allowance, words: Localizer): string {
  const parts = [
    ...(calls === null ? [] : [words.t("{0} requests", words.count(calls))]),
    ...(cost === null ? [] : [words.money(cost, currency ?? "")]),
  ];
  return parts.length === 0 ? words.t("no bound") : parts.join(", ");
}

/** The one question about an iteration's money. @param following how many iterations are allowed the same after it. */
export function allowanceQuestion(
  estimate: Estimate,
  { allowed, used }: AllowanceState,
  { allowance, following }: { readonly allowance: Allowance; readonly following: number },
  words: Localizer,
): { readonly message: string; readonly detail: string } {
  const iteration = words.count(estimate.iteration);
  const spent = [
    words.t("{0} requests", words.count(used.calls)),
    ...used.costs.map(({ currency, cost }) => words.money(cost, currency)),
  ].join(", ");
  return {
    message: allowed
      ? words.t("Raise the allowance of iteration {0}?", iteration)
      : words.t("Run iteration {0}?", iteration),
    detail: [
      words.t("Until its end it takes {0}.", totalText(estimate, words)),
      ...(used.calls > 0 ? [words.t("Used so far: {0}.", spent)] : []),
      ...(allowed ? [words.t("Allowed so far: {0}.", allowanceText(allowed, words))] : []),
      words.t("Allowed in all: {0}. Beyond that the stage pauses and asks.", allowanceText(allowance, words)),
      ...(following > 0
        ? [words.t("The same for each of the {0} iterations that may follow.", words.count(following))]
        : []),
      ...(estimate.basis === "assumed"
        ? [words.t("Some of it rests on assumptions: see “Lion: Estimate Next Iteration”.")]
        : []),
    ].join("\n"),
  };
}

/** A number of requests as typed; null for an empty text, which is no bound. Undefined when it is no such number. */
export function requestsIn(text: string): number | null | undefined {
  const plain = text.replaceAll(/[\s,_]/g, "");
  return plain === "" ? null : /^\d{1,12}$/.test(plain) ? Number(plain) : undefined;
}

/** Money as typed, in millionths; null for an empty text, which is no bound. Undefined when it is no amount. */
export function moneyIn(text: string): number | null | undefined {
  const [, amount] = /^([\d]+(?:\.\d{1,6})?)\s*[A-Za-z]{0,4}$/.exec(text.trim()) ?? [];
  return text.trim() === "" ? null : amount === undefined ? undefined : Math.round(Number(amount) * MILLION);
}

/** Money in millionths as a person would type it. */
export function typedMoney(millionths: number | null): string {
  return millionths === null ? "" : String(Number((millionths / MILLION).toFixed(6)));
}
