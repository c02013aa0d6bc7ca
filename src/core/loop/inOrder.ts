/**
 * Asks ahead, hands replies over in the order of their requests.
 *
 * The results of a stage must not depend on which reply happens to arrive first, so replies are applied in request
 * order; what has been asked beyond the point where a stage stops is still awaited (and stored by whoever asks), but
 * never handed over.
 */
export class InOrder<T> {
  readonly #ask: (ordinal: number) => Promise<T>;
  readonly #ahead: Array<Promise<T>> = [];
  #next: number;

  /**
   * @param ask starts request number `ordinal`.
   * @param first number of the first request.
   */
  constructor(ask: (ordinal: number) => Promise<T>, first = 0) {
    this.#ask = ask;
    this.#next = first;
  }

  /** Requests that were started and not handed over yet. */
  get ahead(): number {
    return this.#ahead.length;
  }

  /** The number of the request that `take` hands over next. */
  get head(): number {
    return this.#next - this.#ahead.length;
  }

  /** Starts requests until `count` are ahead. */
  fill(count: number): void {
    while (this.#ahead.length < count) {
      const reply = this.#ask(this.#next++);
      // A rejection is seen when its turn comes; until then it must not count as unhandled.
      reply.catch(() => {});
      this.#ahead.push(reply);
    }
  }

  /** The reply to the oldest request that was not handed over yet; starts it when nothing is ahead. */
  async take(): Promise<T> {
    this.fill(1);
    const reply = await this.#ahead[0];
    this.#ahead.shift();
    return reply as T;
  }

  /** Waits until nothing is in flight, whatever became of it. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#ahead);
    this.#ahead.length = 0;
  }
}

/**
 * Asks for each item with up to `window` requests ahead and applies the replies in the order of the items.
 * When something fails or the signal aborts, nothing new is asked and what is in flight is awaited before this rejects.
 */
export async function forEachInOrder<Item, Reply>(
  items: readonly Item[],
  options: { readonly window: number; readonly signal: AbortSignal },
  ask: (item: Item) => Promise<Reply>,
  apply: (reply: Reply, item: Item, position: number) => void,
): Promise<void> {
  const replies = new InOrder((position) => ask(items[position] as Item));
  try {
    for (const [position, item] of items.entries()) {
      options.signal.throwIfAborted();
      replies.fill(Math.min(options.window, items.length - position));
      apply(await replies.take(), item, position);
    }
  } finally {
    await replies.drain();
  }
}
