import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { canonicalJson } from "../hash.ts";
import type { EndpointProfile, Profile } from "../project/schema.ts";
import type { Spending } from "../store/ledger.ts";
import { Budget } from "./budget.ts";
import { EndpointHealth } from "./health.ts";
import { Line } from "./line.ts";
import { OpenAiClient } from "./openaiClient.ts";
import { type Pacer, SlidingWindowPacer, windowOf } from "./pacer.ts";

/** Parameters that every request sets itself, or that would change what one request and one reply are. */
export const OWN_PARAMETERS: readonly string[] = ["model", "messages", "stream", "n"];

type Profiles = Readonly<Record<string, Profile>>;

export interface EndpointsOptions {
  readonly profiles: Profiles;
  readonly clock: Clock;
  /**
   * The key for a profile's endpoint, if there is one.
   *
   * @param origin scheme, host and port, under which an editor files keys.
   * @param variable the environment variable that the profile names, if it names one.
   */
  readonly keyOf: (profile: string, origin: string, variable: string | undefined) => string | undefined;
  /** Where the embedded endpoint listens, up to and including `/v1`. Asked when a sandbox profile is first used. */
  readonly sandboxUrl: () => string;
  /** What a profile has used over the life of the project. */
  readonly spending: (profile: string) => Spending;
  /** Times (milliseconds since the epoch) after `since` at which a former process started requests of a profile. */
  readonly recentStarts?: (profile: string, since: number) => readonly number[];
}

interface Shared {
  readonly pacer: Pacer;
  readonly health: EndpointHealth;
}

/**
 * The lines of all profiles. What belongs to an endpoint and a key (pacing, health) is shared by the profiles that use
 * them; a budget belongs to its profile. Lines are made when they are first used.
 */
export class Endpoints {
  readonly #options: EndpointsOptions;
  #profiles: Profiles;
  readonly #lines = new Map<string, Line>();
  readonly #budgets = new Map<string, Budget>();
  /** By origin and key; the key stays in memory. */
  readonly #shared = new Map<string, Shared>();

  constructor(options: EndpointsOptions) {
    this.#options = options;
    this.#profiles = options.profiles;
  }

  /**
   * A profile that can be asked.
   *
   * @throws LionError of kind `input` when it cannot be asked as it is written.
   */
  profile(name: string): EndpointProfile {
    const profile = this.#profiles[name];
    if (!profile) {
      throw new LionError(
        "input",
        `There is no profile "${name}" in lion.json: add it under profiles, or bind the role to one of ${Object.keys(this.#profiles).join(", ")}.`,
      );
    }
    if (profile.kind === "checkpoint") {
      throw new LionError(
        "input",
        `Profile "${name}" is a checkpoint and cannot be asked over a network: bind only the student to it.`,
      );
    }
    if (profile.limits.maxCost !== undefined && !profile.prices) {
      throw new LionError(
        "input",
        `Profile "${name}" has limits.maxCost but no prices, so its cost is unknown: add profiles.${name}.prices in lion.json, or take the cap away.`,
      );
    }
    if (profile.kind === "openai" && new URL(profile.baseUrl).username !== "") {
      throw new LionError(
        "input",
        `profiles.${name}.baseUrl in lion.json holds a user's name or password: take it out, and name the key's variable in apiKeyEnv.`,
      );
    }
    const own = OWN_PARAMETERS.find((parameter) => parameter in profile.parameters);
    if (own !== undefined) {
      throw new LionError(
        "input",
        `profiles.${name}.parameters in lion.json sets "${own}", which each request sets itself: remove it.`,
      );
    }
    return profile;
  }

  /**
   * A profile's line to its endpoint.
   *
   * @throws LionError of kind `input` when the profile cannot be asked as it is written, or its key is missing.
   */
  line(name: string): Line {
    const existing = this.#lines.get(name);
    if (existing) {
      return existing;
    }
    const line = this.#makeLine(name, this.profile(name));
    this.#lines.set(name, line);
    return line;
  }

  /**
   * Replaces the profiles. Limits apply at once, also to what waits already; whoever is in flight under another change
   * ends as it began.
   *
   * @throws LionError of kind `input` when a profile in use cannot be asked as it is written now.
   */
  configure(profiles: Profiles): void {
    this.#profiles = profiles;
    for (const [name, line] of this.#lines) {
      const profile = profiles[name];
      if (profile && profile.kind !== "checkpoint" && withoutLimits(profile) === withoutLimits(line.profile)) {
        line.setLimits(this.profile(name));
      } else {
        this.#lines.delete(name);
      }
    }
  }

  /** Opens every line that a failure has closed: call it when a new run begins. */
  reopen(): void {
    for (const line of this.#lines.values()) {
      line.open();
    }
  }

  #makeLine(name: string, profile: EndpointProfile): Line {
    const { clock } = this.#options;
    const baseUrl = profile.kind === "sandbox" ? this.#options.sandboxUrl() : profile.baseUrl;
    const { origin } = new URL(baseUrl);
    const key = profile.kind === "sandbox" ? null : this.#key(name, profile, origin);
    const { pacer, health } = this.#sharedBy(origin, key);
    pacer.setLimits(name, profile.limits);
    const budget = this.#budget(name, profile, pacer);
    const client = new OpenAiClient({ baseUrl, key, timeoutMs: profile.timeoutSeconds * 1000, clock });
    return new Line({ name, profile, origin, client, pacer, health, budget });
  }

  #key(name: string, profile: Extract<EndpointProfile, { kind: "openai" }>, origin: string): string | null {
    const key = this.#options.keyOf(name, origin, profile.apiKeyEnv)?.trim();
    if (!key) {
      if (profile.apiKeyEnv === undefined) {
        return null;
      }
      throw new LionError(
        "input",
        `Profile "${name}" needs a key for ${origin}: give it with "Set API Key…" in the editor; in a terminal the environment variable ${profile.apiKeyEnv} is not set, so set it and run again.`,
        { problem: { code: "missing-key", origin, profile: name } },
      );
    }
    // Anything else cannot stand in a header, and the error that says so would quote it.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new LionError(
        "input",
        `The key of profile "${name}" for ${origin} has spaces or other characters that no key has: set ${profile.apiKeyEnv ?? "it"} anew.`,
        { problem: { code: "missing-key", origin, profile: name } },
      );
    }
    return key;
  }

  #sharedBy(origin: string, key: string | null): Shared {
    const id = canonicalJson([origin, key]);
    let shared = this.#shared.get(id);
    if (!shared) {
      shared = { pacer: new SlidingWindowPacer(this.#options.clock, origin), health: new EndpointHealth() };
      this.#shared.set(id, shared);
    }
    return shared;
  }

  #budget(name: string, profile: EndpointProfile, pacer: Pacer): Budget {
    const existing = this.#budgets.get(name);
    if (existing) {
      existing.setLimits(profile.limits, profile.prices?.currency);
      return existing;
    }
    const { spending, recentStarts, clock } = this.#options;
    const budget = new Budget(name, profile.limits, spending(name), profile.prices?.currency);
    pacer.remember(name, recentStarts?.(name, clock.now() - windowOf(profile.limits)) ?? []);
    this.#budgets.set(name, budget);
    return budget;
  }
}

function withoutLimits({ limits: _limits, ...profile }: EndpointProfile): string {
  return canonicalJson(profile);
}
