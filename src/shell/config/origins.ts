import type { ProjectConfig } from "../../core/project/schema.ts";

/** An endpoint's origin, and who uses it. */
export interface OriginUse {
  readonly origin: string;
  /** Names of profiles. */
  readonly profiles: readonly string[];
  /** A profile names a variable for the key: the endpoint wants one. */
  readonly wantsKey: boolean;
}

/** The origins that a project's profiles name, with those that want a key first. */
export function originUses(config: ProjectConfig): OriginUse[] {
  const uses = new Map<string, { profiles: string[]; wantsKey: boolean }>();
  for (const [name, profile] of Object.entries(config.profiles)) {
    const origin = profile.kind === "openai" ? originOf(profile.baseUrl) : null;
    if (origin !== null && profile.kind === "openai") {
      const use = uses.get(origin) ?? { profiles: [], wantsKey: false };
      use.profiles.push(name);
      use.wantsKey ||= profile.apiKeyEnv !== undefined;
      uses.set(origin, use);
    }
  }
  return [...uses]
    .map(([origin, use]) => ({ origin, ...use }))
    .sort((a, b) => Number(b.wantsKey) - Number(a.wantsKey) || a.origin.localeCompare(b.origin));
}

/** The origin of a web address; null for what is none. */
export function originOf(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url && ["http:", "https:"].includes(url.protocol) ? url.origin : null;
}

/** Whether what is sent to an origin can be read by nobody on the way: it is encrypted, or stays on this machine. */
export function isPrivateWay(origin: string): boolean {
  const { protocol } = new URL(origin);
  return protocol === "https:" || isLoopback(origin);
}

export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
