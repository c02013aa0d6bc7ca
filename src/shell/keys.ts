import type { SecretStorage } from "vscode";
import { LionError } from "../core/errors.ts";
import type { ProjectConfig } from "../core/project/schema.ts";

const PREFIX = "lion.key:";
const INDEX = "lion.key-origins";

/**
 * API keys in the editor's secret storage, filed under the origin (`https://host:port`) that they were typed for. A
 * project file that names another origin finds no key there.
 */
export class Keys {
  readonly #secrets: SecretStorage;

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
  }

  async get(origin: string): Promise<string | undefined> {
    return this.#secrets.get(PREFIX + origin);
  }

  /** @throws LionError of kind `input` for what cannot be a key. */
  async set(origin: string, key: string): Promise<void> {
    const trimmed = key.trim();
    if (!/^[\x21-\x7e]+$/.test(trimmed)) {
      throw new LionError(
        "input",
        `This key for ${origin} has spaces or other characters that no key has: copy it again.`,
      );
    }
    await this.#secrets.store(PREFIX + origin, trimmed);
    await this.#secrets.store(INDEX, JSON.stringify([...new Set([...(await this.origins()), origin])].sort()));
  }

  async clear(origin: string): Promise<void> {
    await this.#secrets.delete(PREFIX + origin);
    const left = (await this.origins()).filter((other) => other !== origin);
    await this.#secrets.store(INDEX, JSON.stringify(left));
  }

  /** The origin that a change in the secret storage is about, or null when it is none of ours. */
  originOf(secret: string): string | null {
    return secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : null;
  }

  /** The origins that have a key, sorted. */
  async origins(): Promise<string[]> {
    return JSON.parse((await this.#secrets.get(INDEX)) ?? "[]") as string[];
  }

  /** The keys for the origins that a project's profiles name, and no others. */
  async of(config: ProjectConfig): Promise<Record<string, string>> {
    const entries = await Promise.all(
      originsOf(config).map(async (origin) => [origin, await this.get(origin)] as const),
    );
    return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
  }
}

/** The origins of a project's paid and served endpoints, each once. */
export function originsOf(config: ProjectConfig): string[] {
  const origins = Object.values(config.profiles).flatMap((profile) =>
    profile.kind === "openai" ? [new URL(profile.baseUrl).origin] : [],
  );
  return [...new Set(origins)].sort();
}
