import { EventEmitter, languages, Uri, window, workspace } from "vscode";
import type { Estimate } from "../../core/loop/estimate.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { estimateText } from "./estimateText.ts";
import { estimateOf } from "./estimating.ts";
import type { CommandTable } from "./registry.ts";

const SCHEME = "lion-estimate";

/** `lion.estimate`: opens the estimate of the coming or running iteration as a read-only document. Returns it. */
export function estimateCommands(shell: Shell): CommandTable {
  const changed = new EventEmitter<Uri>();
  const texts = new Map<string, string>();
  shell.context.subscriptions.push(
    changed,
    workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.path) ?? "",
    }),
  );
  return {
    "lion.estimate": async (): Promise<Estimate> => {
      const session = shell.projects.require();
      const words = editorWords();
      const estimate = await estimateOf(shell, session);
      const name = words.t("Estimate of iteration {0}", words.count(estimate.iteration));
      const uri = Uri.from({ scheme: SCHEME, path: `/${name}` });
      texts.set(uri.path, estimateText(session.project.config.name, estimate, words));
      changed.fire(uri);
      const document = await languages.setTextDocumentLanguage(await workspace.openTextDocument(uri), "lion-text");
      await window.showTextDocument(document, { preview: true });
      return estimate;
    },
  };
}
