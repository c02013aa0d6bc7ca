import { randomUUID } from "node:crypto";
import type { ProjectSession } from "../projectSession.ts";

const MINUTE = 60_000;

/**
 * What this window's queue claims for its person, so that two people get different items. A claim ends by itself after
 * some minutes, and is made anew while the item is looked at. Nobody waits for it: a lock that another process holds
 * puts it off.
 */
export class Claims {
  readonly #session: ProjectSession;
  readonly #holder = randomUUID();
  #held: readonly string[] = [];
  #actor = "";
  #renewal: NodeJS.Timeout | null = null;

  constructor(session: ProjectSession) {
    this.#session = session;
  }

  /** Subjects that other people have before them. */
  others(actor: string): Set<string> {
    return this.#session.store.claims.othersHave(actor, this.#session.clock.now());
  }

  /**
   * Claims these subjects and lets go of all others.
   *
   * @returns what other people have, among it perhaps some of these.
   */
  async hold(subjects: readonly string[], actor: string): Promise<ReadonlySet<string>> {
    const same = actor === this.#actor && subjects.join() === this.#held.join();
    this.#held = subjects;
    this.#actor = actor;
    if (same || this.#session.onlyRead !== null) {
      return this.others(actor);
    }
    await this.#claim();
    return this.others(actor);
  }

  /** Lets go of everything. */
  async release(): Promise<void> {
    const held = this.#held.length > 0;
    this.#held = [];
    this.#stop();
    if (held && this.#session.onlyRead === null) {
      await this.#quietly(() => this.#session.store.claims.release(this.#holder));
    }
  }

  async #claim(): Promise<void> {
    const { store, clock, project } = this.#session;
    const length = project.config.review.claimMinutes * MINUTE;
    await this.#quietly(() => {
      store.claims.release(this.#holder);
      const now = clock.now();
      for (const subject of this.#held) {
        store.claims.claim(subject, this.#actor, this.#holder, now + length, now);
      }
    });
    this.#stop();
    this.#renewal = setTimeout(() => void this.#claim(), length / 2);
  }

  /** A claim that cannot be made is no reason to stop anybody: the decision itself is checked again. */
  async #quietly(work: () => void): Promise<void> {
    try {
      await this.#session.writeLosable(work);
    } catch {
      // The database is locked or closed.
    }
  }

  #stop(): void {
    if (this.#renewal) {
      clearTimeout(this.#renewal);
      this.#renewal = null;
    }
  }
}
