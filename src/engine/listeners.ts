/** Those who want to be told of something. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  /** Returns what takes the listener away again. */
  add(listener: (value: T) => void): () => void {
    // A function of its own, so that one listener that is added twice is told twice and taken away one by one.
    const entry = (value: T): void => listener(value);
    this.#all.add(entry);
    return () => this.#all.delete(entry);
  }

  tell(value: T): void {
    for (const listener of [...this.#all]) {
      listener(value);
    }
  }
}
