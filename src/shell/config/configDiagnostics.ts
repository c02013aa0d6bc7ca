import { Diagnostic, DiagnosticSeverity, type Disposable, languages, type TextDocument, workspace } from "vscode";
import type { JsonDocument } from "../../core/project/document.ts";
import { inspectProject } from "../../core/project/inspect.ts";
import { type Problem, pathText } from "../../core/project/problems.ts";
import { Disposables } from "../disposables.ts";
import { isConfigDocument, rangeOf } from "./configFiles.ts";
import { stretchOfProblem } from "./problemPlaces.ts";

const SOURCE = "lion";
/** A person who types is left in peace for this long. */
const QUIET_MS = 200;

/**
 * Shows what no JSON schema can say about open project files, while they are edited: the editor's own JSON support says
 * the rest.
 */
export function registerConfigDiagnostics(): Disposable {
  const disposables = new Disposables();
  const diagnostics = disposables.add(languages.createDiagnosticCollection(SOURCE));
  const waiting = new Map<TextDocument, NodeJS.Timeout>();
  const check = (document: TextDocument): void => {
    waiting.delete(document);
    const { document: json, relations } = inspectProject(document.getText());
    diagnostics.set(
      document.uri,
      relations.map((problem) => diagnosticOf(document, json, problem)),
    );
  };
  const checkSoon = (document: TextDocument, delay: number): void => {
    if (isConfigDocument(document)) {
      clearTimeout(waiting.get(document));
      waiting.set(
        document,
        setTimeout(() => check(document), delay),
      );
    }
  };
  const forget = (document: TextDocument): void => {
    clearTimeout(waiting.get(document));
    waiting.delete(document);
    diagnostics.delete(document.uri);
  };
  disposables.add(workspace.onDidOpenTextDocument((document) => checkSoon(document, 0)));
  disposables.add(workspace.onDidChangeTextDocument(({ document }) => checkSoon(document, QUIET_MS)));
  disposables.add(workspace.onDidCloseTextDocument(forget));
  disposables.add({
    dispose: () => {
      for (const timer of waiting.values()) {
        clearTimeout(timer);
      }
    },
  });
  for (const document of workspace.textDocuments) {
    checkSoon(document, 0);
  }
  return disposables;
}

function diagnosticOf(document: TextDocument, json: JsonDocument, problem: Problem): Diagnostic {
  const range = rangeOf(document, stretchOfProblem(json, problem));
  const subject = pathText(problem.path);
  const diagnostic = new Diagnostic(range, `${subject} ${problem.message}.`.trim(), DiagnosticSeverity.Error);
  diagnostic.source = SOURCE;
  return diagnostic;
}
