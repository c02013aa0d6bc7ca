import { env, l10n } from "vscode";
import { Localizer } from "./trees/localizer.ts";

/** Words and numbers in the editor's language. */
export function editorWords(): Localizer {
  return new Localizer((message, ...args) => l10n.t(message, ...args), env.language);
}
