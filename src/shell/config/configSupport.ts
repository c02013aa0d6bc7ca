import type { Disposable } from "vscode";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { registerConfigActions } from "./configActions.ts";
import { registerConfigCompletions } from "./configCompletions.ts";
import { registerConfigDiagnostics } from "./configDiagnostics.ts";
import { registerConfigLenses } from "./configLenses.ts";

/** What the editor can say of a project file and do with it, beside what the JSON schema makes possible. */
export function configSupport(shell: Shell): Disposable {
  const disposables = new Disposables();
  disposables.add(registerConfigDiagnostics());
  disposables.add(registerConfigActions());
  disposables.add(registerConfigCompletions());
  disposables.add(registerConfigLenses(shell));
  return disposables;
}
