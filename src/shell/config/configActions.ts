import {
  CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type CodeActionProvider,
  type Disposable,
  l10n,
  languages,
  type Range,
  type TextDocument,
} from "vscode";
import type { JsonDocument } from "../../core/project/document.ts";
import { editsOfRemedy } from "../../core/project/edit.ts";
import { inspectProject } from "../../core/project/inspect.ts";
import { type Problem, pathText } from "../../core/project/problems.ts";
import type { Remedy } from "../../core/project/remedies.ts";
import { oneLine } from "../trees/text.ts";
import { CONFIG_DOCUMENTS, rangeOf, workspaceEditOf } from "./configFiles.ts";
import { stretchOfProblem } from "./problemPlaces.ts";

/** Longer values are not quoted in a title. */
const LONGEST_VALUE = 40;

/** Offers quick fixes for whatever is wrong in a project file, also for what the editor's JSON support has underlined. */
export function registerConfigActions(): Disposable {
  return languages.registerCodeActionsProvider(CONFIG_DOCUMENTS, new ConfigActions(), {
    providedCodeActionKinds: [CodeActionKind.QuickFix],
  });
}

class ConfigActions implements CodeActionProvider {
  provideCodeActions(document: TextDocument, range: Range, context: CodeActionContext): CodeAction[] {
    const text = document.getText();
    const { document: json, schema, relations } = inspectProject(text);
    return [...relations, ...schema].flatMap((problem) => {
      const place = rangeOf(document, stretchOfProblem(json, problem));
      if (!place.intersection(range)) {
        return [];
      }
      return (problem.remedies ?? []).map((remedy, position) => {
        const action = new CodeAction(titleOf(remedy, json), CodeActionKind.QuickFix);
        action.edit = workspaceEditOf(document, editsOfRemedy(text, remedy));
        action.diagnostics = context.diagnostics.filter((diagnostic) => diagnostic.range.intersection(place));
        action.isPreferred = isSafe(problem, position);
        return action;
      });
    });
  }
}

/** The first remedy is the preferred one where it is the only way to change the place itself. */
function isSafe({ remedies = [] }: Problem, position: number): boolean {
  return position === 0 && remedies.filter(({ kind }) => kind !== "remove").length === 1;
}

function titleOf(remedy: Remedy, json: JsonDocument): string {
  const path = oneLine(pathText(remedy.path));
  switch (remedy.kind) {
    case "rename":
      return l10n.t("Rename to “{0}”", remedy.name);
    case "remove":
      return l10n.t("Remove {0}", path);
    case "set":
      return json.placeOf(remedy.path)
        ? l10n.t("Change {0} to {1}", path, oneLine(JSON.stringify(remedy.value), LONGEST_VALUE))
        : l10n.t("Add {0}", path);
  }
}
