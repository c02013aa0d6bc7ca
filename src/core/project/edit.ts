import { applyEdits, type Edit, findNodeAtLocation, modify, parseTree } from "jsonc-parser";
import type { JsonPath } from "./document.ts";
import type { Remedy } from "./remedies.ts";

/** Replaces a stretch of a text. In UTF-16 units. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * The edits that set the value at a path, making what lies above it where needed; comments and the rest of the text stay
 * as they are. `undefined` takes the key away.
 */
export function editsToSet(text: string, path: JsonPath, value: unknown): TextEdit[] {
  return modify(text, segmentsOf(path), value, { formattingOptions: formattingOf(text) }).map(toTextEdit);
}

/** The edit that gives the key at a path another name; none when there is no such key. */
function editsToRename(text: string, path: JsonPath, name: string): TextEdit[] {
  const root = parseTree(text);
  const key = root && findNodeAtLocation(root, segmentsOf(path))?.parent?.children?.[0];
  return key ? [{ offset: key.offset, length: key.length, text: JSON.stringify(name) }] : [];
}

/** The edits that a remedy consists of. */
export function editsOfRemedy(text: string, remedy: Remedy): TextEdit[] {
  switch (remedy.kind) {
    case "set":
      return editsToSet(text, remedy.path, remedy.value);
    case "remove":
      return editsToSet(text, remedy.path, undefined);
    case "rename":
      return editsToRename(text, remedy.path, remedy.name);
  }
}

/** A text after edits, which may stand in any order and do not overlap. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  return applyEdits(
    text,
    edits.map(({ offset, length, text: content }) => ({ offset, length, content })),
  );
}

function toTextEdit({ offset, length, content }: Edit): TextEdit {
  return { offset, length, text: content };
}

function segmentsOf(path: JsonPath): Array<string | number> {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

/** As the text is written already; two spaces where it does not show. */
function formattingOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const insertSpaces = !indent.startsWith("\t");
  return { insertSpaces, tabSize: insertSpaces ? indent.length : 4, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
