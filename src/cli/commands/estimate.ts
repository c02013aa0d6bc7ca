import type { Command } from "commander";
import { allowanceOf } from "../../core/loop/allowance.ts";
import { type Estimate, estimateIteration } from "../../core/loop/estimate.ts";
import type { Range } from "../../core/loop/range.ts";
import { moneyText } from "../../core/models/prices.ts";
import type { Allowance } from "../../core/store/allowances.ts";
import { formatCount, Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";
import { formatTable } from "../table.ts";

export function registerEstimate(program: Command): void {
  withCommonOptions(program.command("estimate"))
    .description("what the running or coming iteration is still going to ask: calls, tokens and money")
    .action(async (options: CommonOptions) => {
      const project = openProject(options);
      const { estimate, allowed } = await withStore(
        project,
        (store) => {
          const made = estimateIteration(store, project.config);
          return { estimate: made, allowed: allowanceOf(store, made.iteration).allowed };
        },
        { readonly: true },
      );
      new Output({ json: options.json ?? false }).result({ ...estimate, allowed }, describe(estimate, allowed));
    });
}

function describe(estimate: Estimate, allowed: Allowance | null): string {
  const { iteration, stages, roles, requests, costs, assumptions, used } = estimate;
  if (stages.length === 0) {
    return "Nothing is left to do: raise loop.iterations in lion.json for another iteration.";
  }
  const rows = roles
    .filter((role) => role.requests.high > 0)
    .map(({ role, profile, kind, requests, inputTokens, outputTokens, cost, currency, basis }) => [
      role,
      profile,
      counted(requests) + (kind === "checkpoint" ? " *" : ""),
      counted(inputTokens),
      counted(outputTokens),
      cost === null ? "price unknown" : currency === null ? "nothing" : money(cost, currency),
      basis,
    ]);
  const sums = costs.map(({ currency, ...range }) => `, ${money(range, currency)}`).join("");
  return [
    `Iteration ${iteration}, ${stages.join(", ")}: ${counted(requests)} requests${sums}.`,
    ...(rows.length > 0
      ? ["", formatTable(["role", "profile", "requests", "tokens in", "tokens out", "money", "basis"], rows)]
      : []),
    ...(roles.some(({ kind, requests }) => kind === "checkpoint" && requests.high > 0)
      ? ["* answered by a job, not by requests"]
      : []),
    ...(assumptions.length > 0 ? ["", ...assumptions.map((sentence) => `- ${sentence}`)] : []),
    "",
    `Used so far: ${formatCount(used.calls)} requests${used.costs.map(({ cost, currency }) => `, ${moneyText(cost, currency)}`).join("")}. ${allowedText(allowed)}`,
    suggested(estimate),
  ].join("\n");
}

function allowedText(allowed: Allowance | null): string {
  const bounds = [
    ...(allowed?.calls != null ? [`${formatCount(allowed.calls)} requests`] : []),
    ...(allowed?.cost != null ? [moneyText(allowed.cost, allowed.currency ?? "")] : []),
  ];
  return bounds.length === 0 ? "Nothing bounds it." : `Allowed: ${bounds.join(", ")}.`;
}

function suggested({ suggestion: { calls, cost } }: Estimate): string {
  const money = cost ? ` --allow-cost ${moneyText(cost.cost, "")}` : "";
  return `An allowance that should do: \`lion run --allow-calls ${calls}${money}\`.`;
}

function counted({ low, high }: Range): string {
  return low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
}

function money({ low, high }: Range, currency: string): string {
  return low === high ? moneyText(low, currency) : `${moneyText(low, "")} to ${moneyText(high, currency)}`;
}
