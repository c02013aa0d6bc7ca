import { LionError } from "../core/errors.ts";

/** Keys by origin, as clients gave them: in memory only. */
export class KeyRing {
  readonly #keys = new Map<string, string>();

  /**
   * Adds keys and replaces those of the same origin; an empty key takes one back.
   *
   * @throws LionError of kind `input` when something else than an origin is named. No key is told.
   */
  give(keys: Readonly<Record<string, string>>): void {
    for (const [origin, key] of Object.entries(keys)) {
      if (URL.parse(origin)?.origin !== origin) {
        throw new LionError(
          "input",
          "A key came for an address that is no origin: give it for https://host, with the port where there is one.",
        );
      }
      if (key === "") {
        this.#keys.delete(origin);
      } else {
        this.#keys.set(origin, key);
      }
    }
  }

  of(origin: string): string | undefined {
    return this.#keys.get(origin);
  }
}
