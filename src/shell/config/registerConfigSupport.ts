import type { Disposable } from "vscode";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { registerConfigActions } from "./configActions.ts";
import { registerConfigCompletions } from "./configCompletions.ts";
import { registerConfigDiagnostics } from "./configDiagnostics.ts";
import { registerConfigLenses } from "./configLenses.ts";
import { keepProjectSchema } from "./keepProjectSchema.ts";

/** Everything that makes `lion.json` more than a text, beside the schema that the manifest contributes. */
export function registerConfigSupport(shell: Shell): Disposable {
  const disposables = new Disposables();
  disposables.add(registerConfigDiagnostics());
  disposables.add(registerConfigActions());
  disposables.add(registerConfigCompletions());
  disposables.add(registerConfigLenses(shell));
  disposables.add(keepProjectSchema(shell));
  return disposables;
}
