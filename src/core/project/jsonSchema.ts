import * as z from "zod";
import { projectSchema } from "./schema.ts";

/** The part of JSON Schema (draft 2020-12) that describes `lion.json`. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly allowTrailingCommas?: boolean;
}

/**
 * The JSON schema by which editors complete and check `lion.json`: what a person may write, so that everything with a
 * default is optional. Relations between parts (a role and its profile) are checked when the project is loaded.
 */
export function projectJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(projectSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // zod bounds every whole number by what a double can hold, which says nothing to a person.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) {
        delete jsonSchema.maximum;
      }
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) {
        delete jsonSchema.minimum;
      }
    },
  }) as JsonSchema;
  const { $schema, ...rest } = schema;
  return {
    ...($schema !== undefined && { $schema }),
    title: "Lion Curator project",
    description: "An adversarial distillation: models, roles, and how the loop runs.",
    allowTrailingCommas: true,
    ...rest,
  };
}

/** The keys that an object at `path` may have, over all variants of it; empty where any key is allowed. */
export function keysAllowedAt(path: readonly PropertyKey[]): string[] {
  const schemas = schemasAt(path, undefined);
  return [...new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/**
 * The default of the value at `path`, undefined when it has none.
 *
 * @param root the whole document's value, which tells what kind of profile an object is.
 */
export function defaultAt(path: readonly PropertyKey[], root: unknown): unknown {
  return schemasAt(path, root).find((schema) => schema.default !== undefined)?.default;
}

/** The schemas of the value at a path: of its variants those that fit what `root` holds, or all when it is undefined. */
function schemasAt(path: readonly PropertyKey[], root: unknown): readonly JsonSchema[] {
  let value = root;
  let schemas: readonly JsonSchema[] = variantsOf(projectJsonSchema());
  for (const step of path) {
    const object = value as Readonly<Record<PropertyKey, unknown>> | null | undefined;
    schemas = schemas
      .filter((schema) => isVariantOf(object, schema))
      .flatMap(({ properties, additionalProperties }) => {
        const child =
          properties?.[String(step)] ?? (typeof additionalProperties === "object" ? additionalProperties : null);
        return child ? variantsOf(child) : [];
      });
    value = object?.[step];
  }
  return schemas;
}

/** Whether an object is of a variant, as far as its constant properties (such as `kind`) tell. */
function isVariantOf(object: Readonly<Record<PropertyKey, unknown>> | null | undefined, schema: JsonSchema): boolean {
  return Object.entries(schema.properties ?? {}).every(
    ([key, { const: constant }]) => constant === undefined || object?.[key] === undefined || object[key] === constant,
  );
}

function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  const variants = schema.anyOf ?? schema.oneOf;
  return variants ? variants.flatMap(variantsOf) : [schema];
}
