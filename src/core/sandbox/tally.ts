import { closeSync, openSync, writeSync } from "node:fs";
import type { Fault } from "./faults.ts";

interface Count {
  /** Valid requests that arrived. */
  requests: number;
  /** Those that were answered with a whole reply, status 200. */
  answered: number;
}

/** What the sandbox has counted since it started. */
export interface SandboxStats extends Readonly<Count> {
  readonly models: Readonly<Record<string, Readonly<Count>>>;
  /** By the `Idempotency-Key` header; requests without one are not in it. */
  readonly keys: Readonly<Record<string, Readonly<Count>>>;
  /** Faults by kind; those of a status as `status 429`. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Who sent a request, for counting. */
export interface Sender {
  readonly model: string;
  readonly key: string | null;
}

/** Counts requests, and writes one line for every answered one into a file that outlives the sandbox. */
export class Tally {
  readonly #total: Count = { requests: 0, answered: 0 };
  readonly #models = new Map<string, Count>();
  readonly #keys = new Map<string, Count>();
  readonly #faults = new Map<string, number>();
  readonly #log: number | null;

  /** @param requestLog a file that lines `{"key", "model", "at"}` are appended to; `at` in ms since the epoch. */
  constructor(requestLog?: string) {
    this.#log = requestLog === undefined ? null : openSync(requestLog, "a");
  }

  arrived(sender: Sender): void {
    for (const count of this.#countsOf(sender)) {
      count.requests++;
    }
  }

  /** Call it before the reply leaves: a line too many is better than a reply that was never counted. */
  answered(sender: Sender, at: number): void {
    for (const count of this.#countsOf(sender)) {
      count.answered++;
    }
    if (this.#log !== null) {
      writeSync(this.#log, `${JSON.stringify({ key: sender.key, model: sender.model, at })}\n`);
    }
  }

  struck(fault: Fault): void {
    const name = fault.kind === "status" ? `status ${fault.status}` : fault.kind;
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }

  stats(): SandboxStats {
    return {
      ...this.#total,
      models: structuredClone(Object.fromEntries(this.#models)),
      keys: structuredClone(Object.fromEntries(this.#keys)),
      faults: Object.fromEntries(this.#faults),
    };
  }

  close(): void {
    if (this.#log !== null) {
      closeSync(this.#log);
    }
  }

  #countsOf({ model, key }: Sender): Count[] {
    const of = (counts: Map<string, Count>, name: string): Count => {
      const count = counts.get(name) ?? { requests: 0, answered: 0 };
      counts.set(name, count);
      return count;
    };
    return [this.#total, of(this.#models, model), ...(key === null ? [] : [of(this.#keys, key)])];
  }
}
