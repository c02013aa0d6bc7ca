import type { core } from "zod";
import { JsonDocument } from "./document.ts";
import { type Problem, schemaProblems } from "./problems.ts";
import { relationProblems } from "./relations.ts";
import { type ProjectConfig, projectSchema } from "./schema.ts";

/** What is wrong with a text of `lion.json`, as far as it can be told from what is sound in it. */
export interface Inspection {
  readonly document: JsonDocument;
  /** What the JSON schema says, too, in the words of the schema. */
  readonly schema: readonly Problem[];
  /** What no JSON schema can say. */
  readonly relations: readonly Problem[];
}

/** Each round takes away what is wrong; what then is missing shows in the next one. */
const ROUNDS = 3;

/** Finds every problem of a text, which may be broken: it may be edited at this moment. */
export function inspectProject(text: string): Inspection {
  const document = new JsonDocument(text);
  const parsed = projectSchema.safeParse(document.value);
  if (parsed.success) {
    return { document, schema: [], relations: relationProblems(parsed.data) };
  }
  const { issues } = parsed.error;
  const isCustom = ({ code }: core.$ZodIssue): boolean => code === "custom";
  const sound = soundPart(document.value);
  return {
    document,
    schema: schemaProblems(
      issues.filter((issue) => !isCustom(issue)),
      document,
    ),
    relations: [...schemaProblems(issues.filter(isCustom), document), ...(sound ? relationProblems(sound) : [])],
  };
}

/** The configuration without the values that are wrong; null when too little is left of it. */
function soundPart(value: unknown): ProjectConfig | null {
  const part: unknown = structuredClone(value);
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = projectSchema.safeParse(part);
    if (parsed.success) {
      return parsed.data;
    }
    for (const issue of parsed.error.issues) {
      for (const path of issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [...issue.path, key])
        : [issue.path]) {
        takeAway(part, path);
      }
    }
  }
  return null;
}

/** Takes a value away; one of a list with the whole list, whose items count by their places. */
function takeAway(root: unknown, path: readonly PropertyKey[]): void {
  const firstIndex = path.findIndex((step) => typeof step === "number");
  const steps = firstIndex === -1 ? path : path.slice(0, firstIndex);
  const parent = steps
    .slice(0, -1)
    .reduce<unknown>((part, step) => (part as Record<PropertyKey, unknown> | null | undefined)?.[step], root);
  const key = steps.at(-1);
  if (key !== undefined && typeof parent === "object" && parent !== null) {
    delete (parent as Record<PropertyKey, unknown>)[key];
  }
}
