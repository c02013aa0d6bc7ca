import { RefusedRow } from "./record.ts";

export type Fields = Readonly<Record<string, unknown>>;

const MOST_TAGS = 20;
const LONGEST_TAG = 200;

/** What self-instruct's descendants write where a task has no input: `<noinput>`, "No input required.", N/A … */
const NO_INPUT = /^[\s\p{P}\p{S}]*(?:no\s*input(?:\s+(?:required|needed))?|n\/a)[\s\p{P}\p{S}]*$/iu;
const NO_OUTPUT = /^[\s\p{P}\p{S}]*no\s*output[\s\p{P}\p{S}]*$/iu;

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a JSON value is, for use in a sentence. */
export function kindOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  return typeof value === "object" ? "an object" : typeof value === "string" ? "a text" : `a ${typeof value}`;
}

/** A text that must be there. Half surrogates, which no file can hold as UTF-8, become U+FFFD. @throws RefusedRow */
export function requiredText(value: unknown, name: string): string {
  if (value === undefined || value === null) {
    throw new RefusedRow(`has no ${name}`);
  }
  if (typeof value !== "string") {
    throw new RefusedRow(`has ${kindOf(value)} as its ${name}, not a text`);
  }
  if (value.trim() === "") {
    throw new RefusedRow(`has an empty ${name}`);
  }
  return checkedText(value, name);
}

/** A text that may be missing (then ""); numbers and truth values are taken as they are written. @throws RefusedRow */
export function optionalText(value: unknown, name: string): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (typeof value !== "string") {
    throw new RefusedRow(`has ${kindOf(value)} as its ${name}, not a text`);
  }
  return value.trim() === "" ? "" : checkedText(value, name);
}

function checkedText(value: string, name: string): string {
  if (value.includes("\0")) {
    throw new RefusedRow(`has a NUL character in its ${name}`);
  }
  return value.toWellFormed();
}

/** The input of a task; the ways to write that there is none count as none. @throws RefusedRow */
export function inputText(value: unknown): string {
  const text = optionalText(value, "input");
  return NO_INPUT.test(text) ? "" : text;
}

/** The reply to a task, or null where there is none. @throws RefusedRow */
export function outputText(value: unknown): string | null {
  const text = optionalText(value, "output");
  return text === "" || NO_OUTPUT.test(text) ? null : text;
}

/** The fields that are not `known`, as far as they are short texts, numbers or truth values. */
export function tagsOf(row: Fields, known: readonly string[]): Record<string, string | number> {
  const tags: [string, string | number][] = [];
  for (const [name, value] of Object.entries(row)) {
    const tag = typeof value === "boolean" ? String(value) : value;
    if (known.includes(name) || name === "__proto__" || tags.length === MOST_TAGS || name.length > LONGEST_TAG) {
      continue;
    }
    if (typeof tag === "number" || (typeof tag === "string" && tag !== "" && tag.length <= LONGEST_TAG)) {
      tags.push([name.toWellFormed(), typeof tag === "string" ? tag.toWellFormed() : tag]);
    }
  }
  return Object.fromEntries(tags);
}

/** The row's own id, under the names that the known formats give it; empty when there is none. */
export function sourceIdOf(row: Fields): { sourceId?: string } {
  const id = row.id ?? row.question_id ?? row.idx;
  const usable = typeof id === "number" || (typeof id === "string" && id !== "" && id.length <= LONGEST_TAG);
  return usable ? { sourceId: String(id).toWellFormed() } : {};
}
