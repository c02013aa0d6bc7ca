import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { LionError } from "../../core/errors.ts";
import { nextOpenIteration } from "../../core/loop/iterations.ts";
import { type ImportResult, importFile } from "../../core/pool/importing.ts";
import type { OutputsUse } from "../../core/store/instructions.ts";
import { formatCount, Output } from "../output.ts";
import { type CommonOptions, openProject, wholeNumber, withCommonOptions, withStore } from "../shared.ts";

interface ImportOptions extends CommonOptions {
  readonly into: "pools" | "cache" | "candidates" | "evaluation";
  readonly limit?: number;
  readonly outputs: OutputsUse;
  readonly by?: string;
  readonly licence?: string;
  readonly duplicates: "merge" | "keep";
}

const REFUSED_SHOWN = 20;

export function registerImport(program: Command): void {
  withCommonOptions(program.command("import"))
    .description("bring instructions in from Alpaca JSON or JSONL, also gzipped; the same file is never imported twice")
    .argument("<file>", "the file")
    .addOption(
      new Option("--into <where>", "both pools, the Cache pool only, candidates to review, or an evaluation set")
        .choices(["pools", "cache", "candidates", "evaluation"])
        .default("pools"),
    )
    .addOption(new Option("--limit <n>", "the first n rows only").argParser(wholeNumber(1)))
    .addOption(
      new Option("--outputs <use>", "use the outputs as the teacher's answers, keep them for reading, or drop them")
        .choices(["teacher", "keep", "drop"])
        .default("keep"),
    )
    .option("--by <name>", "who wrote the outputs (default: the file's name)")
    .option("--licence <text>", "the licence of the rows, kept with each of them")
    .addOption(
      new Option("--duplicates <what>", "merge rows that are equal in instruction and input, or keep each")
        .choices(["merge", "keep"])
        .default("merge"),
    )
    .action(async (file: string, options: ImportOptions) => {
      const result = await withStore(openProject(options), (store) =>
        importFile({
          store,
          clock: new SystemClock(),
          file,
          into: options.into,
          outputs: options.outputs,
          duplicates: options.duplicates,
          iteration: nextOpenIteration(store),
          ...(options.limit !== undefined && { limit: options.limit }),
          ...(options.by !== undefined && { by: options.by }),
          ...(options.licence !== undefined && { licence: options.licence }),
        }),
      );
      const output = new Output({ json: options.json ?? false });
      output.result(result, describe(file, result));
      const [first] = result.refused;
      if (first && result.imported + result.duplicates === 0) {
        throw new LionError("input", `Nothing in ${file} could be imported (line ${first.line}: ${first.reason}).`);
      }
    });
}

function describe(file: string, { imported, duplicates, refused }: ImportResult): string {
  const lines = [
    `${file}: ${formatCount(imported)} imported, ${formatCount(duplicates)} duplicates, ${formatCount(refused.length)} refused.`,
  ];
  for (const { line, reason } of refused.slice(0, REFUSED_SHOWN)) {
    lines.push(`  line ${line}: ${reason}`);
  }
  if (refused.length > REFUSED_SHOWN) {
    lines.push(`  … and ${refused.length - REFUSED_SHOWN} more (--json lists all)`);
  }
  return lines.join("\n");
}
