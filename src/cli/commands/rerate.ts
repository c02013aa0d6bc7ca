import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { LionError } from "../../core/errors.ts";
import { applyRerating, type ReratingSummary } from "../../core/loop/reratingSummary.ts";
import type { Store } from "../../core/store/store.ts";
import { formatCount, Output } from "../output.ts";
import {
  type CommonOptions,
  currentPerson,
  openProject,
  wholeNumber,
  withCommonOptions,
  withStore,
} from "../shared.ts";
import { withEngine } from "../withEngine.ts";

interface RerateCommandOptions extends CommonOptions {
  readonly iteration?: number;
  readonly profile?: string;
  readonly limit?: number;
  readonly unscored?: boolean;
  readonly apply?: boolean | number;
}

export function registerRerate(program: Command): void {
  withCommonOptions(program.command("rerate"))
    .description("have a referee rate the answers behind an iteration's verdicts again, by new requests")
    .addOption(new Option("--iteration <n>", "the iteration (default: the latest)").argParser(wholeNumber(1)))
    .addOption(new Option("--profile <name>", "the referee (default: the project's)"))
    .addOption(new Option("--limit <n>", "the first n pairs of the random draw only").argParser(wholeNumber(1)))
    .option("--unscored", "only the pairs that stayed unscored")
    .addOption(
      new Option(
        "--apply [id]",
        "put the new verdicts in the place of the iteration's; with a re-rating's number nothing is asked",
      ).argParser(wholeNumber(1)),
    )
    .addHelpText("after", "\nCtrl+C pauses; the same command goes on from there.")
    .action(async ({ apply, ...options }: RerateCommandOptions) => {
      const project = openProject(options);
      const output = new Output({ json: options.json ?? false });
      const replace = (id: number): Promise<ReratingSummary> =>
        withStore(project, (store) => applyRerating(store, new SystemClock(), id));
      if (typeof apply === "number") {
        tell(await replace(apply), output);
        return;
      }
      const { profile, limit, unscored } = options;
      const summary = await withEngine(project, output, (engine) =>
        engine.rerate({
          iteration: options.iteration ?? latestIteration(engine.store),
          ...(profile !== undefined && { profile }),
          ...(limit !== undefined && { limit }),
          ...(unscored && { unscored }),
          actor: currentPerson(),
        }),
      );
      tell(apply ? await replace(summary.rerating) : summary, output);
    });
}

function latestIteration(store: Store): number {
  const rated = store.iterations.all().findLast(({ number }) => store.ratings.verdicts(number, "draw").length > 0);
  if (!rated) {
    throw new LionError("input", "No iteration has rated anything yet: `lion run` does.");
  }
  return rated.number;
}

function tell(summary: ReratingSummary, output: Output): void {
  const { rerating, iteration, profile, pairs, scored, toHard, toEasy, meanChange, flipRate, applied } = summary;
  const change = meanChange === null ? "" : ` The gap changes by ${meanChange.toFixed(2)} on average.`;
  const flips =
    flipRate === null ? "" : ` Of 100 pairs, ${(100 * flipRate).toFixed(0)} change their winner with the order.`;
  const verdicts = applied
    ? "These verdicts are the iteration's now."
    : `The verdicts stay as they are; \`lion rerate --apply ${rerating}\` replaces them.`;
  output.result(
    summary,
    [
      `Re-rating ${rerating} of iteration ${iteration} by "${profile}": ${formatCount(pairs)} pairs, ${formatCount(scored)} scored; ${formatCount(toHard)} turn hard, ${formatCount(toEasy)} turn easy.${change}${flips}`,
      verdicts,
    ].join("\n"),
  );
}
