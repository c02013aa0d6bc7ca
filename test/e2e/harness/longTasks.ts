import type { Frame } from "playwright-core";

interface WatchedWindow extends Window {
  longTasks: number[];
}

/** Tasks of more than 50 ms on the thread of a page, as the browser reports them. */
export class LongTasks {
  readonly #frame: Frame;

  private constructor(frame: Frame) {
    this.#frame = frame;
  }

  /** Begins to watch a page. */
  static async in(frame: Frame): Promise<LongTasks> {
    await frame.evaluate(() => {
      const page = window as unknown as WatchedWindow;
      page.longTasks = [];
      new PerformanceObserver((list) => {
        page.longTasks.push(...list.getEntries().map(({ duration }) => duration));
      }).observe({ type: "longtask" });
    });
    return new LongTasks(frame);
  }

  /** The longest task, in milliseconds, from some work on until the page is idle again; 0 when all were short. */
  async during(work: () => Promise<unknown>): Promise<number> {
    await this.#frame.evaluate(() => {
      (window as unknown as WatchedWindow).longTasks = [];
    });
    await work();
    return this.#frame.evaluate(async () => {
      const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
      for (let quiet = 0; quiet < 3; quiet++) {
        await wait(200);
        await new Promise<void>((resolve) => requestIdleCallback(() => resolve()));
      }
      return Math.max(0, ...(window as unknown as WatchedWindow).longTasks);
    });
  }
}
