import { LionError } from "../core/errors.ts";
import type { ProjectConfig } from "../core/project/schema.ts";

/**
 * The keys that this terminal's environment holds for the project's endpoints, by origin, for an engine in a process of
 * its own.
 *
 * @throws LionError of kind `input` when two profiles have different keys for one endpoint.
 */
export function environmentKeys(config: ProjectConfig): Record<string, string> {
  const keys = new Map<string, { readonly profile: string; readonly key: string }>();
  for (const [name, profile] of Object.entries(config.profiles)) {
    const key = profile.kind === "openai" && profile.apiKeyEnv ? process.env[profile.apiKeyEnv]?.trim() : undefined;
    if (profile.kind !== "openai" || !key) {
      continue;
    }
    const { origin } = new URL(profile.baseUrl);
    const known = keys.get(origin);
    if (known && known.key !== key) {
      throw new LionError(
        "input",
        `Profiles "${known.profile}" and "${name}" have different keys for ${origin}, and an engine in a process of its own takes one an endpoint: name the same variable in both, or run without --unattended.`,
      );
    }
    keys.set(origin, { profile: name, key });
  }
  return Object.fromEntries([...keys].map(([origin, { key }]) => [origin, key]));
}
