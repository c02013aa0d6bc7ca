import type { core } from "zod";
import type { JsonPath } from "./document.ts";
import { defaultAt } from "./jsonSchema.ts";
import { nearestName } from "./nearest.ts";

/** One change of a project file that mends a problem of it. */
export type Remedy =
  /** Sets a value, or adds it where there is none. */
  | { readonly kind: "set"; readonly path: JsonPath; readonly value: unknown }
  | { readonly kind: "rename"; readonly path: JsonPath; readonly name: string }
  | { readonly kind: "remove"; readonly path: JsonPath };

export function setTo(path: JsonPath, value: unknown): Remedy {
  return { kind: "set", path, value };
}

/** One remedy for each value that can stand at a path, the one most like what stands there first. */
export function setToOneOf(path: JsonPath, values: readonly unknown[], written: unknown): Remedy[] {
  const nearest = typeof written === "string" ? nearestName(written, values.map(String)) : null;
  return values.toSorted((a, b) => Number(b === nearest) - Number(a === nearest)).map((value) => setTo(path, value));
}

/** For a value that is out of bounds: the default where there is one, else the bound if it may be reached. */
export function withinBounds(
  issue: Extract<core.$ZodIssue, { code: "too_small" | "too_big" }>,
  path: JsonPath,
  root: unknown,
): Remedy[] {
  const remedies = toDefault(path, root);
  if (remedies.length > 0 || !issue.inclusive || !["number", "int"].includes(issue.origin)) {
    return remedies;
  }
  return [setTo(path, Number(issue.code === "too_small" ? issue.minimum : issue.maximum))];
}

/** Back to the default, where the value has one. @param root the whole document's value. */
export function toDefault(path: JsonPath, root: unknown): Remedy[] {
  const value = defaultAt(path, root);
  return value === undefined ? [] : [setTo(path, value)];
}
