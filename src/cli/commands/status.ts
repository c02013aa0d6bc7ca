import type { Command } from "commander";
import { shareWithInterval } from "../../core/evaluation/curve.ts";
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

/**
 * Two tables with one line an iteration, each fit for eighty columns: pools and gaps of draw and panel; exact match,
 * calls by role and time. A lazy iteration's hard share carries its 95 % interval: only a sample of its Cache is rated.
 */
export function iterationTable(iterations: readonly IterationStatus[]): string {
  const gap = (value: number | null): string => (value === null ? "–" : value.toFixed(2));
  const percent = (value: number | null): string => (value === null ? "–" : `${(100 * value).toFixed(0)} %`);
  const hard = ({ mode, hard, easy, hardShare }: IterationStatus): string => {
    const estimate = mode === "lazy" ? shareWithInterval(hard, hard + easy) : null;
    const interval = estimate ? ` (${(100 * estimate.low).toFixed(0)}–${(100 * estimate.high).toFixed(0)})` : "";
    return `${percent(hardShare)}${interval}`;
  };
  const gaps = formatTable(
    ["iteration", "train", "rated of cache", "hard", "gap", "panel hard", "panel gap"],
    iterations.map((iteration) => [
      String(iteration.number),
      formatCount(iteration.trainPool),
      `${formatCount(iteration.rated)} of ${formatCount(iteration.cachePool)}`,
      hard(iteration),
      gap(iteration.meanGap),
      percent(iteration.panel.hardShare),
      gap(iteration.panel.meanGap),
    ]),
  );
  const work = formatTable(
    ["iteration", "exact match", "teacher", "student", "referee", "generator", "time"],
    iterations.map(({ number, evaluation, calls: { teacher, student, referee, generator }, seconds }) => [
      String(number),
      evaluation ? percent(evaluation.share) : "–",
      ...[teacher, student, referee, generator].map(formatCount),
      formatDuration(seconds * 1000),
    ]),
  );
  return `${gaps}\n\n${work}`;
}
