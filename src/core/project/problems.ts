import type { core } from "zod";
import type { JsonDocument, JsonPath } from "./document.ts";
import { keysAllowedAt } from "./jsonSchema.ts";
import { listNames, nearestName } from "./nearest.ts";
import { type Remedy, setToOneOf, toDefault, withinBounds } from "./remedies.ts";

/** One fault of a project file: where it is, and the rest of a sentence that begins with `path`. */
export interface Problem {
  readonly path: JsonPath;
  readonly message: string;
  /** Changes of which each mends it, the most probable first. */
  readonly remedies?: readonly Remedy[];
}

type Issue = core.$ZodIssue;

/**
 * The faults that the schema found, in the order of the file. A key that is probably misspelt goes first, since what is
 * missing is then missing for that reason.
 */
export function schemaProblems(issues: readonly Issue[], document: JsonDocument): Problem[] {
  const problems = issues.flatMap((issue) => problemsOf(issue, document.value));
  const rank = ({ path, message }: Problem): number =>
    message.includes("did you mean") ? -1 : document.offsetOf(path);
  return problems.sort((a, b) => rank(a) - rank(b));
}

/** The first problem as one sentence with its place: `lion.json, line 12: …`; tells how many more there are. */
export function problemSentence(file: string, problems: readonly Problem[], document: JsonDocument): string {
  const [first] = problems;
  if (!first) {
    throw new RangeError("There is no problem to describe.");
  }
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const subject = first.path.length === 0 ? "the file" : pathText(first.path);
  return `${file}, line ${document.lineOf(first.path)}: ${subject} ${first.message}${more}.`;
}

/** A path as people write it: `loop.hardToEasy[0]`. */
export function pathText(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") {
      return `${text}[${step}]`;
    }
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((part, step) => (part as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

function problemsOf(issue: Issue, root: unknown): Problem[] {
  const { path } = issue;
  const written = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path));
    case "invalid_union":
      return unionProblems(issue, root);
    case "invalid_type":
      return [{ path, message: wrongType(issue.expected, written), remedies: toDefault(path, root) }];
    case "invalid_value":
      return [
        {
          path,
          message: `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}${but(written)}`,
          remedies: setToOneOf(path, issue.values, written),
        },
      ];
    case "too_small":
      return [
        {
          path,
          message: `must be ${bound(issue.origin, issue.minimum, issue.inclusive ? "at least" : "above")}${but(written)}`,
          remedies: withinBounds(issue, path, root),
        },
      ];
    case "too_big":
      return [
        {
          path,
          message: `must be ${bound(issue.origin, issue.maximum, issue.inclusive ? "at most" : "below")}${but(written)}`,
          remedies: withinBounds(issue, path, root),
        },
      ];
    case "invalid_format":
      return [
        {
          path,
          message: `must be ${issue.format === "url" ? "a web address such as https://api.example.com/v1" : issue.format}${but(written)}`,
        },
      ];
    default:
      return [
        { path, message: `is not possible: ${issue.message.replace(/\.$/, "")}`, remedies: toDefault(path, root) },
      ];
  }
}

function unknownKey(key: string, parent: JsonPath): Problem {
  const path = [...parent, key];
  const allowed = keysAllowedAt(parent).filter((name) => name !== "$schema");
  const nearest = nearestName(key, allowed);
  return nearest
    ? {
        path,
        message: `is not known: did you mean "${nearest}"`,
        remedies: [
          { kind: "rename", path, name: nearest },
          { kind: "remove", path },
        ],
      }
    : {
        path,
        message: `is not known: what can stand here is ${listNames(allowed)}`,
        remedies: [{ kind: "remove", path }],
      };
}

/** Of a union, what is wrong with the variant that was most probably meant: the one with the fewest faults. */
function unionProblems(issue: Extract<Issue, { code: "invalid_union" }>, root: unknown): Problem[] {
  const options = (issue as { options?: readonly unknown[] }).options;
  if (options) {
    const value = valueAt(root, issue.path);
    const nearest = typeof value === "string" ? nearestName(value, options.map(String)) : null;
    const hint = nearest ? `: did you mean "${nearest}"` : "";
    return [
      {
        path: issue.path,
        message: `must be one of ${listNames(options.map(String))}${but(value)}${hint}`,
        remedies: setToOneOf(issue.path, options, value),
      },
    ];
  }
  const known = keysAllowedAt(issue.path);
  const [fewest] = [...issue.errors].sort((a, b) => a.length - b.length);
  const value = valueAt(root, issue.path);
  if (value === undefined) {
    return [{ path: issue.path, message: "is missing" }];
  }
  if (!fewest || typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    return [{ path: issue.path, message: `must be an object with ${listNames(known)}${but(value)}` }];
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    return [unknownKey(unknown, issue.path)];
  }
  const atOnce = Object.keys(value).filter((key) => known.includes(key));
  if (fewest.some(({ code }) => code === "unrecognized_keys")) {
    return [{ path: issue.path, message: `cannot have ${listNames(atOnce)} together: keep one of them` }];
  }
  return fewest.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, root));
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text in double quotes",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  tuple: "a list",
};

function wrongType(expected: string, value: unknown): string {
  return value === undefined ? "is missing" : `must be ${TYPE_NAMES[expected] ?? expected}${but(value)}`;
}

function bound(origin: string, limit: number | bigint, word: string): string {
  if (origin === "string") {
    return limit === 1 ? "not empty" : `${word} ${limit} letters long`;
  }
  return origin === "array" ? `a list of ${word} ${limit} items` : `${word} ${limit}`;
}

/** What stands there instead, cut to a readable length. */
function but(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  const text = JSON.stringify(value);
  return `, not ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}
