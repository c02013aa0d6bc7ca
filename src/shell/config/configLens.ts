import { JsonDocument } from "../../core/project/document.ts";
import { originOf } from "./origins.ts";

/** Something to read or to do above a part of `lion.json`. The offset is that of the part's key, in UTF-16 units. */
export type ConfigLens =
  /** Above a profile: whether its endpoint has a key. */
  | { readonly kind: "key"; readonly offset: number; readonly origin: string }
  /** Above a profile: the roles that are bound to it. */
  | { readonly kind: "roles"; readonly offset: number; readonly roles: readonly string[] }
  /** Above the roles. */
  | { readonly kind: "choose"; readonly offset: number }
  /** Above τ, as it is written at this moment. */
  | { readonly kind: "tau"; readonly offset: number; readonly tau: number }
  /** Above the loop. */
  | { readonly kind: "estimate"; readonly offset: number };

type Json = Readonly<Record<string, unknown>>;

/** The lenses of a text, which may be broken. In the order of the file's sections. */
export function lensesOf(text: string): ConfigLens[] {
  const document = new JsonDocument(text);
  const root = objectAt(document.value);
  const profiles = objectAt(root.profiles);
  const roles = objectAt(root.roles);
  const at = (...path: string[]): number | null => document.placeOf(path)?.key?.offset ?? null;
  const lenses = Object.entries(profiles).flatMap(([name, profile]): ConfigLens[] => {
    const offset = at("profiles", name);
    return offset === null ? [] : profileLenses(offset, name, objectAt(profile), roles);
  });
  const chosen = at("roles");
  const tau = objectAt(root.discrimination).tau;
  const tauAt = at("discrimination", "tau");
  const loop = at("loop");
  return [
    ...lenses,
    ...(chosen === null ? [] : [{ kind: "choose", offset: chosen } as const]),
    ...(tauAt === null || typeof tau !== "number" ? [] : [{ kind: "tau", offset: tauAt, tau } as const]),
    ...(loop === null ? [] : [{ kind: "estimate", offset: loop } as const]),
  ];
}

function profileLenses(offset: number, name: string, profile: Json, roles: Json): ConfigLens[] {
  const bound = Object.entries(roles).flatMap(([role, used]) => (used === name ? [role] : []));
  const lenses: ConfigLens[] = [{ kind: "roles", offset, roles: bound }];
  const origin = profile.kind === "openai" && typeof profile.baseUrl === "string" ? originOf(profile.baseUrl) : null;
  if (origin !== null) {
    lenses.unshift({ kind: "key", offset, origin });
  }
  return lenses;
}

function objectAt(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
