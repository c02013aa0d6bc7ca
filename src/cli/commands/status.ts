import type { Command } from "commander";
import { type IterationStatus, type ProjectStatus, projectStatus } from "../../core/loop/status.ts";
import { formatCount, formatDuration, Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";
import { formatTable } from "../table.ts";

export function registerStatus(program: Command): void {
  withCommonOptions(program.command("status"))
    .description("pools, what waits for review, and a line for each iteration")
    .action(async (options: CommonOptions) => {
      const project = openProject(options);
      const status = await withStore(project, projectStatus, { readonly: true });
      new Output({ json: options.json ?? false }).result(status, describeStatus(project.config.name, status));
    });
}

/** The status as a person reads it. */
export function describeStatus(name: string, status: ProjectStatus): string {
  const head = [
    `${name}: ${formatCount(status.trainPool)} in the Train pool, ${formatCount(status.cachePool)} in the Cache pool, ${formatCount(status.toReview)} to review.`,
  ];
  if (status.iterations.length === 0) {
    head.push(
      status.trainPool === 0
        ? "No instructions yet: `lion import FILE` brings some."
        : "Nothing has run yet: `lion run` starts the first iteration.",
    );
    return head.join("\n");
  }
  const last = status.iterations.at(-1)?.stages.at(-1);
  const note = last && last.note !== "" ? [`The ${last.name} is ${last.state}: ${last.note}`] : [];
  return [...head, "", iterationTable(status.iterations), ...note].join("\n");
}

/** One line an iteration: pools, gaps of draw and panel, calls by role, exact match, time. */
export function iterationTable(iterations: readonly IterationStatus[]): string {
  const number = (value: number | null, digits = 2): string => (value === null ? "–" : value.toFixed(digits));
  const percent = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(0)} %`);
  return formatTable(
    [
      "iteration",
      "train",
      "cache",
      "rated",
      "hard",
      "gap",
      "panel hard",
      "panel gap",
      "teacher",
      "student",
      "referee",
      "generator",
      "exact match",
      "time",
    ],
    iterations.map((iteration) => [
      String(iteration.number),
      formatCount(iteration.trainPool),
      formatCount(iteration.cachePool),
      iteration.mode === "lazy" && iteration.rated > 0
        ? `${formatCount(iteration.rated)} of ${formatCount(iteration.cachePool)}`
        : formatCount(iteration.rated),
      percent(iteration.hardShare),
      number(iteration.meanGap),
      percent(iteration.panel.hardShare),
      number(iteration.panel.meanGap),
      formatCount(iteration.calls.teacher),
      formatCount(iteration.calls.student),
      formatCount(iteration.calls.referee),
      formatCount(iteration.calls.generator),
      iteration.evaluation ? percent(iteration.evaluation.share) : "–",
      formatDuration(iteration.seconds * 1000),
    ]),
  );
}
