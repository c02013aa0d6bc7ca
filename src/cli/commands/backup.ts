import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { LionError } from "../../core/errors.ts";
import { backUp } from "../../core/store/database.ts";
import { onInterrupt } from "../interrupt.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";

interface BackupOptions extends CommonOptions {
  readonly replace?: boolean;
}

export function registerBackup(program: Command): void {
  withCommonOptions(program.command("backup"))
    .description("write a consistent copy of the project's database, also while an engine works")
    .argument("<file>", "the copy")
    .option("--replace", "take the place of a file that is there")
    .action(async (file: string, options: BackupOptions) => {
      const target = resolve(file);
      if (existsSync(target) && !options.replace) {
        throw new LionError("input", `${target} exists already: name another file for the backup, or say --replace.`);
      }
      const output = new Output({ json: options.json ?? false });
      const stop = new AbortController();
      const stopListening = onInterrupt(() => stop.abort());
      try {
        const onProgress = (share: number): void => output.counted("percent", Math.round(100 * share), 100);
        await withStore(
          openProject(options),
          (store) => backUp(store.connection, target, { signal: stop.signal, onProgress }),
          { readonly: true },
        );
        output.result({ written: target }, `The database was copied to ${target}.`);
      } finally {
        stopListening();
      }
    });
}
