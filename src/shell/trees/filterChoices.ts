import type { CandidateFilter, PoolFilter } from "../../core/browse/types.ts";
import type { Localizer } from "./localizer.ts";
import { HALVES, halfTitle } from "./reviewFilter.ts";
import { originWord } from "./verdictWords.ts";
import { ORIGINS } from "./viewOptions.ts";

/** One entry of a list from which a filter is put together. */
export type FilterChoice<F> =
  /** Sets or takes away one condition. */
  | { readonly kind: "set"; readonly label: string; readonly on: boolean; readonly filter: F }
  /** Asks for words first. */
  | { readonly kind: "text"; readonly label: string; readonly on: boolean; readonly text: string }
  | { readonly kind: "clear"; readonly label: string };

/** What the pools' views can be filtered by. A condition that holds already is taken away again. */
export function poolFilterChoices(
  filter: PoolFilter,
  facts: { readonly pool: "train" | "cache"; readonly iterations: readonly number[] },
  l10n: Localizer,
): Array<FilterChoice<PoolFilter>> {
  const toggle = <K extends keyof PoolFilter>(key: K, value: NonNullable<PoolFilter[K]>, label: string) =>
    toggled<PoolFilter, K>(filter, key, value, label);
  const joined = facts.pool === "cache" ? facts.iterations : [];
  return [
    toggle("contradictory", true, l10n.t("Contradictory: the referee's two orders name different winners")),
    toggle("studentAhead", true, l10n.t("Student ahead: the teacher may be wrong")),
    textChoice(filter.hasText, l10n),
    ...ORIGINS.map((origin) => toggle("origin", origin, l10n.t("Origin: {0}", originWord(origin, l10n)))),
    ...joined.map((number) => toggle("joined", number, l10n.t("Joined in iteration {0}", number))),
    ...clearChoice<PoolFilter>(filter, l10n),
  ];
}

/** What To Review can be filtered by. */
export function candidateFilterChoices(
  filter: CandidateFilter,
  iterations: readonly number[],
  l10n: Localizer,
): Array<FilterChoice<CandidateFilter>> {
  return [
    ...HALVES.map((half) => toggled<CandidateFilter, "half">(filter, "half", half, halfLabel(half, l10n))),
    ...iterations.map((number) =>
      toggled<CandidateFilter, "iteration">(filter, "iteration", number, l10n.t("Of iteration {0}", number)),
    ),
    textChoice(filter.hasText, l10n),
    ...clearChoice<CandidateFilter>(filter, l10n),
  ];
}

function halfLabel(half: (typeof HALVES)[number], l10n: Localizer): string {
  return l10n.t("Only {0}", halfTitle(half, l10n));
}

function toggled<F extends object, K extends keyof F>(
  filter: F,
  key: K,
  value: NonNullable<F[K]>,
  label: string,
): FilterChoice<F> {
  const { [key]: before, ...rest } = filter;
  const on = before === value;
  return { kind: "set", label, on, filter: (on ? rest : { ...rest, [key]: value }) as F };
}

function textChoice(
  text: string | undefined,
  l10n: Localizer,
): { readonly kind: "text"; readonly label: string; readonly on: boolean; readonly text: string } {
  return { kind: "text", label: l10n.t("Text…"), on: text !== undefined, text: text ?? "" };
}

function clearChoice<F extends object>(filter: F, l10n: Localizer): Array<FilterChoice<F>> {
  return Object.keys(filter).length > 0 ? [{ kind: "clear", label: l10n.t("Clear filters") }] : [];
}
