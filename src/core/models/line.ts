import type { LionError } from "../errors.ts";
import type { EndpointProfile } from "../project/schema.ts";
import type { Budget } from "./budget.ts";
import type { EndpointHealth } from "./health.ts";
import type { Pacer } from "./pacer.ts";
import type { ChatClient } from "./types.ts";

export interface LineParts {
  readonly name: string;
  readonly profile: EndpointProfile;
  /** Scheme, host and port: what the user knows the endpoint by. */
  readonly origin: string;
  readonly client: ChatClient;
  readonly pacer: Pacer;
  readonly health: EndpointHealth;
  readonly budget: Budget;
}

/**
 * A profile's line to its endpoint. A failure that concerns every question *closes* it: what waits is turned away with
 * the same error, and so is what comes later, until it is opened again.
 */
export class Line implements LineParts {
  readonly name: string;
  readonly origin: string;
  readonly client: ChatClient;
  readonly pacer: Pacer;
  readonly health: EndpointHealth;
  readonly budget: Budget;
  #profile: EndpointProfile;
  #closing = new AbortController();
  #closed: Promise<LionError> | null = null;
  #waits = new WeakMap<AbortSignal, AbortSignal>();

  constructor(parts: LineParts) {
    this.name = parts.name;
    this.#profile = parts.profile;
    this.origin = parts.origin;
    this.client = parts.client;
    this.pacer = parts.pacer;
    this.health = parts.health;
    this.budget = parts.budget;
  }

  get profile(): EndpointProfile {
    return this.#profile;
  }

  /** Takes over new limits, for what waits already too; a line that a limit has closed opens. */
  setLimits(profile: EndpointProfile): void {
    this.#profile = profile;
    this.budget.setLimits(profile.limits, profile.prices?.currency);
    this.pacer.setLimits(this.name, profile.limits);
    this.open();
  }

  /** The error that closed this line, or null while it is open. */
  get closed(): Promise<LionError> | null {
    return this.#closed;
  }

  /**
   * Closes the line; the first reason stays.
   *
   * @param diagnose finds out what to tell the user. The line is closed while it does so.
   * @returns the error that closed it.
   */
  close(diagnose: () => LionError | Promise<LionError>): Promise<LionError> {
    if (!this.#closed) {
      this.#closed = Promise.resolve().then(diagnose);
      this.#closing.abort();
    }
    return this.#closed;
  }

  /** Opens the line again. */
  open(): void {
    if (this.#closed) {
      this.#closed = null;
      this.#closing = new AbortController();
      this.#waits = new WeakMap();
      this.health.reset();
    }
  }

  /** A signal for waiting: aborted with the caller's, or when this line is closed. */
  waitSignal(signal: AbortSignal | undefined): AbortSignal {
    if (!signal) {
      return this.#closing.signal;
    }
    let combined = this.#waits.get(signal);
    if (!combined) {
      combined = AbortSignal.any([signal, this.#closing.signal]);
      this.#waits.set(signal, combined);
    }
    return combined;
  }
}
