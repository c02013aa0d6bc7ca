import { Argument, type Command } from "commander";
import { type ExportKind, exportRows } from "../../core/pool/exporting.ts";
import { onInterrupt } from "../interrupt.ts";
import { formatCount, Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";

export function registerExport(program: Command): void {
  withCommonOptions(program.command("export"))
    .description(
      "write pools as Alpaca JSON, and candidates, verdicts, ratings, decisions or requests without a usable answer as JSONL",
    )
    .addArgument(
      new Argument("<what>", "what to write").choices([
        "train",
        "cache",
        "candidates",
        "verdicts",
        "ratings",
        "decisions",
        "problems",
      ]),
    )
    .argument("<file>", "where to; a name that ends in .gz is compressed")
    .action(async (what: ExportKind, file: string, options: CommonOptions) => {
      const project = openProject(options);
      const output = new Output({ json: options.json ?? false });
      const stop = new AbortController();
      const stopListening = onInterrupt(() => stop.abort());
      try {
        const result = await withStore(
          project,
          (store) =>
            exportRows(store, project.config, what, file, {
              signal: stop.signal,
              onProgress: (written, total) => output.counted("rows", written, total),
            }),
          { readonly: true },
        );
        output.result(result, `${formatCount(result.written)} rows were written to ${file}.`);
      } finally {
        stopListening();
      }
    });
}
