import type { SandboxConfig } from "../project/schema.ts";

const ROLES = ["teacher", "student", "referee", "generator", "evaluator"] as const;

/** Who is asked. An evaluator judges as a referee does. */
export interface Speaker {
  readonly mind: SandboxConfig["mind"];
  readonly role: (typeof ROLES)[number];
}

/**
 * Who a model's name means: the role is its ending (`oracle-teacher`, `replay-referee`, `anything-student`), the mind
 * its beginning, or the configured one where the name does not say. Null when the name ends in no role.
 */
export function speakerOf(model: string, configured: SandboxConfig["mind"]): Speaker | null {
  const role = ROLES.find((name) => model === name || model.endsWith(`-${name}`));
  if (role === undefined) {
    return null;
  }
  const mind = model.startsWith("oracle-") ? "oracle" : model.startsWith("replay-") ? "replay" : configured;
  return { mind, role };
}

/** The names that the endpoint lists. */
export function modelNames(mind: SandboxConfig["mind"]): string[] {
  return ROLES.map((role) => `${mind}-${role}`);
}
