import { basename } from "node:path";
import { type DocumentSelector, Range, type TextDocument, Uri, WorkspaceEdit, workspace } from "vscode";
import { LionError } from "../../core/errors.ts";
import type { Stretch } from "../../core/project/document.ts";
import type { TextEdit } from "../../core/project/edit.ts";
import { CONFIG_FILE } from "../../core/project/names.ts";

/** Project files on disk. */
export const CONFIG_DOCUMENTS: DocumentSelector = { scheme: "file", pattern: `**/${CONFIG_FILE}` };

export function isConfigDocument({ uri }: TextDocument): boolean {
  return uri.scheme === "file" && basename(uri.fsPath) === CONFIG_FILE;
}

export function rangeOf(document: TextDocument, { offset, length }: Stretch): Range {
  return new Range(document.positionAt(offset), document.positionAt(offset + length));
}

/** The edits of a text as an edit of the document that holds it. */
export function workspaceEditOf(document: TextDocument, edits: readonly TextEdit[]): WorkspaceEdit {
  const edit = new WorkspaceEdit();
  for (const { text, ...stretch } of edits) {
    edit.replace(document.uri, rangeOf(document, stretch), text);
  }
  return edit;
}

/**
 * Changes a project file as a person would: in the editor's document, so that it can be undone there and what is not
 * saved yet is kept, and then on the disk.
 *
 * @param change the edits for the text as it is; what it throws leaves the file alone.
 * @throws LionError when the file cannot be opened or written.
 */
export async function changeConfigFile(
  configFile: string,
  change: (text: string) => readonly TextEdit[],
): Promise<TextDocument> {
  const document = await workspace.openTextDocument(Uri.file(configFile));
  const applied = await workspace.applyEdit(workspaceEditOf(document, change(document.getText())));
  if (!applied || !(await document.save())) {
    throw new LionError("environment", `${configFile} could not be changed: check that it belongs to you.`);
  }
  return document;
}
