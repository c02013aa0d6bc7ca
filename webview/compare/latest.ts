/**
 * Asks for the newest of many values with one request on its way at a time: while it is, further values wait, and only the
 * last of them is asked for.
 */
export class Latest<Value, Reply> {
  readonly #ask: (value: Value) => Promise<Reply>;
  readonly #took: (reply: Reply, isNewest: boolean) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: { readonly value: Value } | null = null;
  #busy = false;

  constructor(
    ask: (value: Value) => Promise<Reply>,
    took: (reply: Reply, isNewest: boolean) => void,
    failed: (error: unknown) => void,
  ) {
    this.#ask = ask;
    this.#took = took;
    this.#failed = failed;
  }

  /** Asks for a value, now or as soon as the request before it is answered. */
  async want(value: Value): Promise<void> {
    this.#waiting = { value };
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    try {
      while (this.#waiting) {
        const { value: next }: { readonly value: Value } = this.#waiting;
        this.#waiting = null;
        try {
          this.#took(await this.#ask(next), this.#waiting === null);
        } catch (error) {
          this.#failed(error);
        }
      }
    } finally {
      this.#busy = false;
    }
  }
}
