import type { Estimate, RoleEstimate } from "../../core/loop/estimate.ts";
import type { Range } from "../../core/loop/range.ts";
import { stageName } from "../status/statusText.ts";
import type { Localizer } from "../trees/localizer.ts";
import { oneLine } from "../trees/text.ts";

const LONGEST_NAME = 40;

/** `600–1,250`, or one number where both ends are equal. */
export function rangeText({ low, high }: Range, words: Localizer): string {
  return low === high ? words.count(high) : words.t("{0}–{1}", words.count(low), words.count(high));
}

/** Millionths of a currency: `0.20–0.43 USD`. */
export function moneyRangeText({ low, high }: Range, currency: string, words: Localizer): string {
  return low === high
    ? words.money(high, currency)
    : words.t("{0}–{1}", words.money(low, "").trim(), words.money(high, currency));
}

/** What an estimate comes to, in words: the money, or that a price is unknown. Null where nothing is to be paid. */
export function costText({ costs, unpriced }: Pick<Estimate, "costs" | "unpriced">, words: Localizer): string | null {
  const parts = [
    ...costs.filter(({ high }) => high > 0).map((money) => moneyRangeText(money, money.currency, words)),
    ...(unpriced.length > 0 ? [words.t("price unknown ({0})", unpriced.map((name) => oneLine(name)).join(", "))] : []),
  ];
  return parts.length === 0 ? null : parts.join(" + ");
}

/** Requests and money in one phrase: `70–240 requests, 0.10–0.30 USD`. */
export function totalText(estimate: Pick<Estimate, "requests" | "costs" | "unpriced">, words: Localizer): string {
  const cost = costText(estimate, words);
  const requests = words.t("{0} requests", rangeText(estimate.requests, words));
  return cost === null ? requests : words.t("{0}, {1}", requests, cost);
}

/** A role's name at the beginning of a row. */
export function roleTitle(role: RoleEstimate["role"], words: Localizer): string {
  const titles: Readonly<Record<RoleEstimate["role"], string>> = {
    teacher: words.t("Teacher"),
    student: words.t("Student"),
    referee: words.t("Referee"),
    generator: words.t("Generator"),
  };
  return titles[role];
}

/** The whole estimate as plain text: a title, a table by role, the totals, and what was assumed. */
export function estimateText(project: string, estimate: Estimate, words: Localizer): string {
  const title = words.t(
    "Estimate for iteration {0} of {1}",
    words.count(estimate.iteration),
    oneLine(project, LONGEST_NAME),
  );
  if (estimate.stages.length === 0) {
    return [title, "", words.t("Nothing is left to ask: all iterations of the project are done."), ""].join("\n");
  }
  const header = [
    words.t("Role"),
    words.t("Profile"),
    words.t("Requests"),
    words.t("Tokens in"),
    words.t("Tokens out"),
    words.t("Cost"),
    words.t("Basis"),
  ];
  const { calls, costs } = estimate.used;
  const used = [
    words.t("{0} requests", words.count(calls)),
    ...costs.map(({ currency, cost }) => words.money(cost, currency)),
  ];
  return [
    title,
    "",
    words.t("Still to do: {0}.", estimate.stages.map((stage) => stageName(stage, words)).join(", ")),
    "",
    ...tableLines([header, ...estimate.roles.map((role) => rowOf(role, words))]),
    "",
    words.t("In all: {0}.", totalText(estimate, words)),
    words.t("Used so far: {0}.", used.join(", ")),
    words.t("What is stored already is not asked again, and is not counted."),
    ...(estimate.assumptions.length === 0
      ? []
      : [
          "",
          words.t("Assumed, since this project has not measured it yet:"),
          ...estimate.assumptions.map((one) => `- ${one}`),
        ]),
    "",
  ].join("\n");
}

function rowOf(role: RoleEstimate, words: Localizer): string[] {
  const job = role.kind === "checkpoint";
  return [
    roleTitle(role.role, words),
    oneLine(role.profile, LONGEST_NAME),
    job ? words.t("{0} by a job", rangeText(role.requests, words)) : rangeText(role.requests, words),
    rangeText(role.inputTokens, words),
    rangeText(role.outputTokens, words),
    roleCost(role, words),
    role.basis === "measured" ? words.t("measured") : words.t("assumed"),
  ];
}

function roleCost({ kind, cost, currency }: RoleEstimate, words: Localizer): string {
  if (cost !== null && currency !== null) {
    return moneyRangeText(cost, currency, words);
  }
  return kind === "openai" ? words.t("price unknown") : words.t("free");
}

/** Rows as columns of equal width; a rule under the first row. */
function tableLines(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [lines[0] ?? "", rule, ...lines.slice(1)];
}
