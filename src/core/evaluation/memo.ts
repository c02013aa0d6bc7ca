/** Results that stay right for as long as what they depend on, put into words as a stamp, is the same. */
export class Memo {
  readonly #kept = new Map<string, { readonly stamp: string; readonly value: unknown }>();

  /** The result kept under a key, or a new one when there is none with this stamp. */
  of<T>(key: string, stamp: string, compute: () => T): T {
    const kept = this.#kept.get(key);
    if (kept?.stamp === stamp) {
      return kept.value as T;
    }
    const value = compute();
    this.#kept.set(key, { stamp, value });
    return value;
  }
}
