/** Does one thing, never twice at a time: asked while it is under way, it does it once more afterwards. */
export class OnceMore {
  readonly #task: () => Promise<void>;
  #running = false;
  #again = false;

  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /**
   * Resolves when it was done as often as was asked, with true; with false at once when another call sees to that.
   * Throws what the task throws.
   */
  async run(): Promise<boolean> {
    if (this.#running) {
      this.#again = true;
      return false;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#task();
      } while (this.#again);
    } finally {
      this.#running = false;
    }
    return true;
  }
}
