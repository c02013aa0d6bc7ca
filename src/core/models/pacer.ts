import type { Clock } from "../clock.ts";
import { Random } from "../random.ts";

/**
 * The window that `requestsPerMinute` counts in. A little over a minute, because a start is counted here and judged by a
 * server that the first request may have reached later than the last one (a handshake, a slow packet).
 */
const WINDOW_MS = 60_250;
const MINUTE_MS = 60_000;

/** The pause after being told to slow down without being told for how long: doubled each time, up to a minute. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** A Retry-After below this says nothing: obeying a 0 would hammer an endpoint that asks for less. */
const SHORTEST_RETRY_AFTER_MS = 100;
/** Timers hold at most 2³¹ − 1 ms; a longer wait is made of several. */
const LONGEST_SLEEP_MS = 3_600_000;

export interface PaceLimits {
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Starts in any minute; unlimited when left out. */
  readonly requestsPerMinute?: number | undefined;
}

/** What became of a request, as far as pacing is concerned. */
export type SlotOutcome =
  | "answered"
  | "failed"
  /** It never left: its start is taken back. */
  | "unsent"
  /** The endpoint asks for a pause; milliseconds, or null when it does not say how long. */
  | { readonly retryAfterMs: number | null };

/** A request's place among those in flight, held from its start until `end`. */
export interface Slot {
  end(outcome: SlotOutcome): void;
}

/** Says when a request may leave. One per endpoint and key, shared by every profile and role that uses them. */
export interface Pacer {
  /** A place in the line: a question takes one and keeps it over its retries, so that the oldest goes first. */
  ticket(): number;
  /** Waits until the profile may start a request; rejects with the signal's reason. */
  acquire(profile: string, ticket: number, signal?: AbortSignal): Promise<Slot>;
  /** Sets a profile's limits; at once, for what waits already too. */
  setLimits(profile: string, limits: PaceLimits): void;
  /** Starts that a former process made; they count in the window. Milliseconds since the epoch. */
  remember(profile: string, starts: readonly number[]): void;
  /** How often in a row the endpoint asked for a pause, with no answer in between. */
  readonly strikes: number;
  /** Milliseconds until requests may start again; 0 when none is asked for. */
  readonly pausedFor: number;
}

/** The milliseconds in which starts are counted. A rate below one a minute means one start in a longer window. */
export function windowOf({ requestsPerMinute }: PaceLimits): number {
  return requestsPerMinute !== undefined && requestsPerMinute < 1 ? MINUTE_MS / requestsPerMinute : WINDOW_MS;
}

interface Waiter {
  readonly ticket: number;
  readonly start: (slot: Slot) => void;
}

interface Lane {
  limits: PaceLimits;
  inFlight: number;
  /** Starts within the window, oldest first. */
  readonly starts: number[];
  /** By ticket, lowest first. */
  readonly waiters: Waiter[];
}

/**
 * Paces by concurrency and a sliding window for each profile; when the endpoint asks for a pause, nothing starts there
 * until it is over, and fewer requests run at once until answers come again (additive increase, multiplicative decrease:
 * Chiu and Jain, 1989).
 */
export class SlidingWindowPacer implements Pacer {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #lanes = new Map<string, Lane>();
  #tickets = 0;
  #inFlight = 0;
  /** Requests that the endpoint seems to bear at once. */
  #bearable = Number.POSITIVE_INFINITY;
  #pausedUntil = 0;
  #strikes = 0;
  /** Counts pauses: several refusals of one burst are one reason to slow down, not several. */
  #epoch = 0;
  #alarm: AbortController | null = null;

  /** @param name what the pauses' jitter derives from, for example the endpoint's origin. */
  constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
  }

  get strikes(): number {
    return this.#strikes;
  }

  get pausedFor(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.now());
  }

  ticket(): number {
    return this.#tickets++;
  }

  setLimits(profile: string, limits: PaceLimits): void {
    const lane = this.#lanes.get(profile);
    if (lane) {
      lane.limits = limits;
    } else {
      this.#lanes.set(profile, { limits, inFlight: 0, starts: [], waiters: [] });
    }
    this.#advance();
  }

  remember(profile: string, starts: readonly number[]): void {
    const lane = this.#lane(profile);
    lane.starts.push(...starts);
    lane.starts.sort((a, b) => a - b);
  }

  acquire(profile: string, ticket: number, signal?: AbortSignal): Promise<Slot> {
    const { waiters } = this.#lane(profile);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(signal?.reason);
        this.#advance();
      };
      const waiter: Waiter = {
        ticket,
        start: (slot) => {
          signal?.removeEventListener("abort", abort);
          resolve(slot);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      const behind = waiters.findLastIndex((other) => other.ticket <= ticket);
      waiters.splice(behind + 1, 0, waiter);
      this.#advance();
    });
  }

  /** Starts what may start, and sets the alarm for what may start later. */
  #advance(): void {
    this.#alarm?.abort();
    this.#alarm = null;
    if (![...this.#lanes.values()].some((lane) => lane.waiters.length > 0)) {
      return;
    }
    if (this.pausedFor > 0) {
      this.#wakeIn(this.pausedFor);
      return;
    }
    while (this.#inFlight < Math.floor(this.#bearable)) {
      const { lane, opensIn } = this.#next();
      if (!lane) {
        this.#wakeIn(opensIn);
        return;
      }
      this.#start(lane);
    }
  }

  /** The lane whose first waiter may start and is the oldest; without one, the time until a full window opens. */
  #next(): { lane: Lane | null; opensIn: number } {
    let next: Lane | null = null;
    let opensIn = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      const [first] = lane.waiters;
      if (!first || lane.inFlight >= lane.limits.concurrency) {
        continue;
      }
      const wait = this.#windowOpensIn(lane);
      if (wait > 0) {
        opensIn = Math.min(opensIn, wait);
      } else if (first.ticket < (next?.waiters[0]?.ticket ?? Number.POSITIVE_INFINITY)) {
        next = lane;
      }
    }
    return { lane: next, opensIn };
  }

  /** Milliseconds until the lane's window has room. */
  #windowOpensIn(lane: Lane): number {
    const window = windowOf(lane.limits);
    const now = this.#clock.now();
    while ((lane.starts[0] ?? now) <= now - window) {
      lane.starts.shift();
    }
    const rate = lane.limits.requestsPerMinute;
    if (rate === undefined) {
      return 0;
    }
    const blocking = lane.starts.at(-Math.max(1, Math.floor(rate)));
    return blocking === undefined ? 0 : blocking + window - now;
  }

  #start(lane: Lane): void {
    const startedAt = this.#clock.now();
    const epoch = this.#epoch;
    const waiter = lane.waiters.shift();
    lane.starts.push(startedAt);
    lane.inFlight++;
    this.#inFlight++;
    let running = true;
    waiter?.start({
      end: (outcome) => {
        if (!running) {
          throw new Error("A slot ends once.");
        }
        running = false;
        this.#learn(outcome, epoch);
        if (outcome === "unsent") {
          lane.starts.splice(lane.starts.lastIndexOf(startedAt), 1);
        }
        lane.inFlight--;
        this.#inFlight--;
        this.#advance();
      },
    });
  }

  #learn(outcome: SlotOutcome, epoch: number): void {
    if (outcome === "answered") {
      this.#strikes = 0;
      this.#bearable += 1 / this.#bearable;
    } else if (typeof outcome === "object") {
      this.#slowDown(outcome.retryAfterMs, epoch);
    }
  }

  #slowDown(retryAfterMs: number | null, epoch: number): void {
    if (epoch === this.#epoch) {
      this.#epoch++;
      this.#strikes++;
      this.#bearable = Math.max(1, Math.floor(this.#inFlight / 2));
    } else if (retryAfterMs === null) {
      return;
    }
    const pause =
      retryAfterMs !== null && retryAfterMs >= SHORTEST_RETRY_AFTER_MS ? retryAfterMs : this.#growingPause();
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + pause);
  }

  #growingPause(): number {
    const jitter = new Random(`pause/${this.#name}/${this.#epoch}`).next();
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#strikes - 1));
    return Math.round(pause * (0.75 + 0.5 * jitter));
  }

  #wakeIn(ms: number): void {
    if (!Number.isFinite(ms)) {
      return;
    }
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#clock.sleep(Math.min(ms, LONGEST_SLEEP_MS), alarm.signal).then(
      () => this.#advance(),
      () => {},
    );
  }

  #lane(profile: string): Lane {
    const lane = this.#lanes.get(profile);
    if (!lane) {
      throw new Error(`The pacer knows no limits of profile "${profile}".`);
    }
    return lane;
  }
}
