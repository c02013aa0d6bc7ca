import type { LoopEvent } from "../core/loop/events.ts";

type Progress = Extract<LoopEvent, { event: "progress" }>;

const INTERVAL_MS = 100;

/**
 * Thins out the progress of a loop, which may report a thousand times a second: each step's first and last report pass,
 * and of the others the newest every tenth of a second. Other events pass at once, after the progress before them.
 */
export class ProgressFeed {
  readonly #pass: (event: LoopEvent) => void;
  #passed: Progress | null = null;
  #passedAt = 0;
  #held: Progress | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(pass: (event: LoopEvent) => void) {
    this.#pass = pass;
  }

  take(event: LoopEvent): void {
    if (event.event !== "progress") {
      this.flush();
      this.#pass(event);
      return;
    }
    const another = this.#passed === null || stepOf(event) !== stepOf(this.#passed);
    if (another) {
      this.flush();
    }
    this.#held = event;
    const wait = this.#passedAt + INTERVAL_MS - Date.now();
    if (another || event.done === event.total || wait <= 0) {
      this.flush();
    } else {
      this.#timer ??= setTimeout(() => this.flush(), wait);
    }
  }

  /** Passes on what is held back. */
  flush(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    const held = this.#held;
    this.#held = null;
    if (held) {
      this.#passed = held;
      this.#passedAt = Date.now();
      this.#pass(held);
    }
  }
}

function stepOf({ iteration, stage, step }: Progress): string {
  return `${iteration}/${stage}/${step}`;
}
