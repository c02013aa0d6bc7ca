import { LionError } from "../../core/errors.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of what a model sent. The editor has checked it against the schema; other callers may not have. */
export function fieldsOf(input: unknown): Fields {
  return typeof input === "object" && input !== null ? (input as Fields) : {};
}

/** A whole number within bounds, or `otherwise` when it is left out. @throws LionError of kind `input`. */
export function wholeNumber<T>(
  fields: Fields,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: T },
): number | T {
  const value = fields[name];
  if (value === undefined || value === null) {
    return otherwise;
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
    const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    throw new LionError("input", `"${name}" must be a whole number ${bounds}.`);
  }
  return value;
}

/** One of some words, or `otherwise` when it is left out. @throws LionError of kind `input`. */
export function oneOf<T extends string, U>(fields: Fields, name: string, words: readonly T[], otherwise: U): T | U {
  const value = fields[name];
  if (value === undefined || value === null) {
    return otherwise;
  }
  const found = words.find((word) => word === value);
  if (found === undefined) {
    throw new LionError("input", `"${name}" must be one of ${words.map((word) => `"${word}"`).join(", ")}.`);
  }
  return found;
}

/** A text without white space at its ends; empty when it is left out. @throws LionError of kind `input`. */
export function textOf(fields: Fields, name: string, longest: number): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string" || value.length > longest) {
    throw new LionError("input", `"${name}" must be a text of at most ${longest} characters.`);
  }
  return value.trim();
}
