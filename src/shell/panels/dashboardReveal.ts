import { commands, l10n } from "vscode";
import {
  evaluationRows,
  type FigureRow,
  MOST_ROWS,
  panelRows,
  rowsBetween,
} from "../../core/evaluation/dashboardRows.ts";
import type { DashboardTarget } from "../../protocol/dashboard.ts";
import type { Choice } from "../prompter.ts";
import type { Shell } from "../shell.ts";
import { pickLine } from "../trees/text.ts";

/** Shows the rows behind a figure: in the view that lists them, or as a list to open one from. */
export async function revealRows(shell: Shell, target: DashboardTarget): Promise<void> {
  switch (target.rows) {
    case "cache": {
      const { rows: _, ...shown } = target;
      await commands.executeCommand("lion.filterCache", shown);
      return;
    }
    case "review":
      await commands.executeCommand("lion.filterReview", { iteration: target.iteration });
      await commands.executeCommand("lion.review.focus");
      return;
    case "compare":
      await commands.executeCommand("lion.openCompare", { iteration: target.iteration, group: target.group });
      return;
    case "train":
    case "jobs":
    case "iterations":
      await commands.executeCommand(`lion.${target.rows}.focus`);
      return;
    case "gaps":
    case "panel":
    case "evaluation":
      await pickRow(shell, target);
  }
}

type ListedTarget = Extract<DashboardTarget, { readonly rows: "gaps" | "panel" | "evaluation" }>;

async function pickRow(shell: Shell, target: ListedTarget): Promise<void> {
  const { connection } = shell.projects.require().store;
  const { iteration } = target;
  const rows = {
    gaps: () => (target.rows === "gaps" ? rowsBetween(connection, iteration, target) : []),
    panel: () => panelRows(connection, iteration),
    evaluation: () => evaluationRows(connection, iteration),
  }[target.rows]();
  const instructionId = await shell.prompter.pick(rows.map(choiceOf), {
    title: titleOf(target, rows.length),
    placeHolder: l10n.t("Open one of them"),
  });
  if (instructionId !== undefined) {
    const command = target.rows === "evaluation" ? "lion.openInstruction" : "lion.openComparison";
    await commands.executeCommand(command, { instructionId, iteration });
  }
}

function choiceOf({ instructionId, text, gap, correct }: FigureRow): Choice<number> {
  const result = correct === null ? gapWords(gap) : correct ? l10n.t("correct") : l10n.t("wrong");
  return { label: pickLine(text), description: `#${instructionId} · ${result}`, value: instructionId };
}

function gapWords(gap: number | null): string {
  return gap === null ? l10n.t("unscored") : l10n.t("gap {0}", gap.toFixed(2));
}

function titleOf(target: ListedTarget, count: number): string {
  const shown = count === MOST_ROWS ? l10n.t("the first {0}", count) : String(count);
  switch (target.rows) {
    case "gaps":
      return l10n.t("Iteration {0}, gap {1} to {2}: {3} instructions", target.iteration, target.from, target.to, shown);
    case "panel":
      return l10n.t("Iteration {0}, panel: {1} instructions", target.iteration, shown);
    case "evaluation":
      return l10n.t("Iteration {0}, evaluation set: {1} instructions", target.iteration, shown);
  }
}
