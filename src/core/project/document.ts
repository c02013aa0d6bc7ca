import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";

/** Keys and positions from the root of a JSON document to one of its values. */
export type JsonPath = readonly PropertyKey[];

const SYNTAX_SENTENCES: Readonly<Record<string, string>> = {
  InvalidSymbol: "a word stands here that is neither quoted nor true, false or null",
  InvalidNumberFormat: "a number is written in a way that JSON does not know",
  PropertyNameExpected: "a key in double quotes is missing",
  ValueExpected: "a value is missing",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: 'a closing "}" is missing',
  CloseBracketExpected: 'a closing "]" is missing',
  EndOfFileExpected: "something follows the end of the document",
  UnexpectedEndOfComment: "a comment is not closed",
  UnexpectedEndOfString: "a text is not closed by a double quote",
  UnexpectedEndOfNumber: "a number is cut off",
};

/** A part of a text, in UTF-16 units. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** Where a value stands in the text, and its key if it has one. */
export interface Place {
  readonly key: Stretch | null;
  readonly value: Stretch;
}

/** A JSON document with comments, in which every value knows the line it stands on. */
export class JsonDocument {
  readonly value: unknown;
  /** The first fault of the syntax, as a part of a sentence with its place; null when there is none. */
  readonly fault: string | null;
  readonly #text: string;
  readonly #root: Node | undefined;

  /** Comments, a byte order mark and trailing commas are allowed. */
  constructor(text: string) {
    // A byte order mark counts as a blank, so that places stay where an editor shows them.
    this.#text = text.replace(/^\uFEFF/, " ");
    const errors: ParseError[] = [];
    this.#root = parseTree(this.#text, errors, { allowTrailingComma: true });
    this.value = this.#root ? getNodeValue(this.#root) : undefined;
    this.fault = this.#describe(errors[0]);
  }

  /** Where the key and the value at a path stand; null when there is no such value. */
  placeOf(path: JsonPath): Place | null {
    const node = this.#root && findNodeAtLocation(this.#root, segmentsOf(path));
    if (!node) {
      return null;
    }
    const key = node.parent?.type === "property" ? node.parent.children?.[0] : undefined;
    return { key: key ? stretchOf(key) : null, value: stretchOf(node) };
  }

  /** Whether an object or a list stands at a path. */
  isSection(path: JsonPath): boolean {
    const node = this.#root && findNodeAtLocation(this.#root, segmentsOf(path));
    return node?.type === "object" || node?.type === "array";
  }

  /** Line (from 1) of the value at a path; of its nearest ancestor when there is no such value. */
  lineOf(path: JsonPath): number {
    return this.#position(this.offsetOf(path)).line;
  }

  /** Where the value at a path (with its key) begins, in UTF-16 units; that of its nearest ancestor when there is none. */
  offsetOf(path: JsonPath): number {
    const segments = segmentsOf(path);
    for (let length = segments.length; length > 0; length--) {
      const node = this.#root && findNodeAtLocation(this.#root, segments.slice(0, length));
      if (node) {
        return node.parent?.type === "property" ? node.parent.offset : node.offset;
      }
    }
    return this.#root?.offset ?? 0;
  }

  #describe(error: ParseError | undefined): string | null {
    if (!error) {
      return this.#root ? null : "line 1: the file is empty";
    }
    const { line, column } = this.#position(error.offset);
    const code = printParseErrorCode(error.error);
    return `line ${line}, column ${column}: ${SYNTAX_SENTENCES[code] ?? code}`;
  }

  #position(offset: number): { line: number; column: number } {
    const lines = this.#text.slice(0, offset).split(/\r\n|\r|\n/);
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

function segmentsOf(path: JsonPath): Array<string | number> {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}

function stretchOf({ offset, length }: Node): Stretch {
  return { offset, length };
}
