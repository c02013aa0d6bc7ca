import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { LionError } from "../../core/errors.ts";
import { backUp } from "../../core/store/database.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions, withStore } from "../shared.ts";

export function registerBackup(program: Command): void {
  withCommonOptions(program.command("backup"))
    .description("write a consistent copy of the project's database, also while an engine works")
    .argument("<file>", "the copy; it must not exist yet")
    .action(async (file: string, options: CommonOptions) => {
      const target = resolve(file);
      if (existsSync(target)) {
        throw new LionError("input", `${target} exists already: name another file for the backup.`);
      }
      await withStore(openProject(options), (store) => backUp(store.connection, target), { readonly: true });
      new Output({ json: options.json ?? false }).result({ written: target }, `The database was copied to ${target}.`);
    });
}
