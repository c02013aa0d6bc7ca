/** Questions that must fail one after the other before the endpoint, and not the questions, is to blame. */
const EXHAUSTED_QUESTIONS = 3;
/** The same for refusals (400, 422), while the profile has had no answer at all. */
const REFUSED_QUESTIONS = 10;

/**
 * Tells a question that the endpoint cannot answer from an endpoint that answers nothing, so that an outage does not
 * mark a thousand questions as failed. A question that used up its attempts is *suspected*: the next answer of the same
 * endpoint proves the endpoint well and the question guilty; three suspects without an answer prove an outage.
 */
export class EndpointHealth {
  #answers = 0;
  #suspects: Array<() => void> = [];
  readonly #answered = new Set<string>();
  readonly #refusals = new Map<string, number>();

  /** Answers so far in this process, of all profiles. */
  get answers(): number {
    return this.#answers;
  }

  /** An answer came: suspected questions are closed for good. */
  answered(profile: string): void {
    this.#answers++;
    this.#answered.add(profile);
    const suspects = this.#suspects;
    this.#suspects = [];
    for (const closeForGood of suspects) {
      closeForGood();
    }
  }

  /**
   * A question used up its attempts.
   *
   * @param closeForGood stores the question as failed; called when the endpoint proves to be well.
   * @returns true when this looks like an outage: then nothing suspected is ever stored as failed.
   */
  exhausted(closeForGood: () => void): boolean {
    this.#suspects.push(closeForGood);
    if (this.#suspects.length < EXHAUSTED_QUESTIONS) {
      return false;
    }
    this.#suspects = [];
    return true;
  }

  /** A question was refused as malformed. @returns true when the profile has had nothing but such refusals. */
  refused(profile: string): boolean {
    const refusals = (this.#refusals.get(profile) ?? 0) + 1;
    this.#refusals.set(profile, refusals);
    return !this.#answered.has(profile) && refusals >= REFUSED_QUESTIONS;
  }

  /** Forgets suspicions: somebody may have repaired the endpoint. */
  reset(): void {
    this.#suspects = [];
    this.#refusals.clear();
  }
}
