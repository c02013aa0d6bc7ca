/** How long something took, in milliseconds: by the clock, and by what this thread has worked meanwhile. */
export interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

/** Measures from its making on. On a machine that others use as well, the thread's own time says more than the clock. */
export class Stopwatch {
  readonly #wall = performance.now();
  readonly #cpu = threadMs();

  taken(): Taken {
    return { wall: performance.now() - this.#wall, cpu: threadMs() - this.#cpu };
  }
}

export function timed(work: () => unknown): Taken {
  const watch = new Stopwatch();
  work();
  return watch.taken();
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
