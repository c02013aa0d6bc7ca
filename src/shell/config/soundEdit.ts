import { JsonDocument, type JsonPath } from "../../core/project/document.ts";
import { edited, editsToSet, type TextEdit } from "../../core/project/edit.ts";
import { parseProject } from "../../core/project/project.ts";

/** A value to be set at a path of the project file. */
export interface Change {
  readonly path: JsonPath;
  readonly value: unknown;
}

/**
 * The edit that sets values in a project file; comments and the rest of the text stay as they are.
 *
 * @throws LionError of kind `input` when the file would not be sound afterwards: then nothing should be written.
 */
export function soundEdits(text: string, changes: readonly Change[]): TextEdit[] {
  if (new JsonDocument(text).fault !== null) {
    parseProject(text);
  }
  const after = changes.reduce((so, { path, value }) => edited(so, editsToSet(so, path, value)), text);
  parseProject(after);
  return [differenceOf(text, after)];
}

/** One edit that makes one text of another: what lies between their common beginning and their common end. */
function differenceOf(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) {
    start++;
  }
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    end++;
  }
  return { offset: start, length: before.length - end - start, text: after.slice(start, after.length - end) };
}
