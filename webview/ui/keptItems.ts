/** Items that were sent ahead or shown, by their entry's key: the newest `limit` of them. */
export class KeptItems<Item> {
  readonly #items = new Map<string, Item>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps an item in place of what was under its key. */
  keep(key: string, item: Item): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    for (const oldest of this.#items.keys()) {
      if (this.#items.size <= this.#limit) {
        break;
      }
      this.#items.delete(oldest);
    }
  }

  /** The item under a key, which is then the newest one. */
  take(key: string): Item | undefined {
    const item = this.#items.get(key);
    if (item !== undefined) {
      this.keep(key, item);
    }
    return item;
  }
}
