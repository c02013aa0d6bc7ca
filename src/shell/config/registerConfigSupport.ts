import { type Disposable, workspace } from "vscode";
import type { Demand } from "../demand.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { isConfigDocument } from "./configFiles.ts";
import { keepProjectSchema } from "./keepProjectSchema.ts";

/**
 * Everything that makes `lion.json` more than a text, beside the schema that the manifest contributes; loaded when the
 * first one is opened in the editor.
 */
export function registerConfigSupport(shell: Shell, onDemand: Demand): Disposable {
  const disposables = new Disposables();
  disposables.add(keepProjectSchema(shell));
  const load = async (): Promise<void> => (await onDemand()).supportConfig();
  if (workspace.textDocuments.some(isConfigDocument)) {
    void load();
    return disposables;
  }
  const waiting = disposables.add(
    workspace.onDidOpenTextDocument((document) => {
      if (isConfigDocument(document)) {
        waiting.dispose();
        void load();
      }
    }),
  );
  return disposables;
}
