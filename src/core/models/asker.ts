import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import { canonicalJson } from "../hash.ts";
import type { EndpointProfile } from "../project/schema.ts";
import { Random } from "../random.ts";
import type { Answer, LedgerRepository } from "../store/ledger.ts";
import { AllowanceMeter } from "./allowanceMeter.ts";
import { AskFailed } from "./askFailed.ts";
import { both, type Reservation } from "./claims.ts";
import type { Endpoints } from "./endpoints.ts";
import { requestKey, samplingSeed } from "./identity.ts";
import type { Line } from "./line.ts";
import type { Slot, SlotOutcome } from "./pacer.ts";
import { actual, outputLimit, worstCase } from "./prices.ts";
import { asksForAPause, isCharged, itemFailure, judge, type Pursuit } from "./pursuit.ts";
import { allowanceUnbounded, costUnbounded } from "./sentences.ts";
import { ChatFailure, type ChatMessage, type ChatReply, type Role } from "./types.ts";

/** The pause before a question's second attempt; doubled for each further one, up to half a minute. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/** One question to one role. */
export interface Question {
  readonly role: Role;
  readonly profile: string;
  readonly messages: readonly ChatMessage[];
  readonly promptVersion: string;
  readonly draw: number;
  readonly instructionId: number | null;
  readonly iteration: number;
  /** Added to the profile's parameters, and stronger than they are. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A question is held up; it goes on by itself. */
export interface WaitingEvent {
  readonly event: "waiting";
  readonly profile: string;
  readonly origin: string;
  readonly reason: string;
  readonly milliseconds: number;
}

export type AskerLedger = Pick<
  LedgerRepository,
  "allowances" | "answerTo" | "failureOf" | "recordSent" | "settle" | "recordFailure"
>;

export interface AskerOptions {
  readonly ledger: AskerLedger;
  readonly clock: Clock;
  readonly endpoints: Endpoints;
  readonly onEvent?: (event: WaitingEvent) => void;
}

/** Waits for something that may make room. */
type Change = (signal: AbortSignal) => Promise<void>;

/**
 * Asks a model so that nothing paid for is lost: each request is on the books before it leaves, each reply is stored
 * before anybody sees it, what was answered once is never asked again, and neither a cap nor an allowance is ever
 * exceeded.
 */
export class Asker {
  readonly #ledger: AskerLedger;
  readonly #clock: Clock;
  readonly #endpoints: Endpoints;
  readonly #allowance: AllowanceMeter;
  readonly #onEvent: (event: WaitingEvent) => void;
  readonly #inFlight = new Map<string, Promise<Answer>>();

  constructor({ ledger, clock, endpoints, onEvent }: AskerOptions) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#endpoints = endpoints;
    this.#allowance = new AllowanceMeter(ledger.allowances);
    this.#onEvent = onEvent ?? (() => {});
  }

  /**
   * The answer to a question: the stored one, or that of an equal question in flight, else a new one. Refused, empty
   * and cut-off replies are answers; the caller judges what they are good for.
   *
   * @param signal when aborted, nothing new leaves; a request in flight is awaited and its reply stored and returned.
   * @throws AskFailed when this question has no answer and the others may go on; LionError when the stage must end.
   */
  async ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    const { profile, parameters, key } = this.#identify(question);
    const stored = this.#ledger.answerTo(key);
    if (stored) {
      return stored;
    }
    const failure = this.#ledger.failureOf(key);
    if (failure !== null) {
      throw new AskFailed(failure);
    }
    const running = this.#inFlight.get(key);
    if (running) {
      return running;
    }
    if (profile.prices && outputLimit(parameters) === null) {
      if (profile.limits.maxCost !== undefined) {
        throw costUnbounded(question.profile);
      }
      if (this.#allowance.boundsMoney(question.iteration)) {
        throw allowanceUnbounded(question.profile, question.iteration);
      }
    }
    // Only now: what is stored can be read without a key.
    const line = this.#endpoints.line(question.profile);
    const pursuit = this.#pursue({
      line,
      request: {
        model: profile.model,
        messages: question.messages,
        parameters,
        key,
        ...(profile.sendSeed && { seed: samplingSeed(key) }),
      },
      record: {
        key,
        role: question.role,
        profile: question.profile,
        model: profile.model,
        promptVersion: question.promptVersion,
        draw: question.draw,
        parameters: canonicalJson(parameters),
        instructionId: question.instructionId,
        iteration: question.iteration,
      },
      worstCost: profile.prices ? worstCase(question.messages, parameters, profile.prices) : 0,
      ticket: line.pacer.ticket(),
      signal,
      answersBefore: line.health.answers,
      attempts: 0,
      unreachable: 0,
    });
    const settled = pursuit.finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, settled);
    return settled;
  }

  /** The identity of a question's request. @throws LionError when its profile cannot be asked. */
  keyOf(question: Question): string {
    return this.#identify(question).key;
  }

  #identify(question: Question): { profile: EndpointProfile; parameters: Record<string, unknown>; key: string } {
    const profile = this.#endpoints.profile(question.profile);
    const parameters = { ...profile.parameters, ...question.parameters };
    return { profile, parameters, key: requestKey({ ...question, model: profile.model, parameters }) };
  }

  async #pursue(pursuit: Pursuit): Promise<Answer> {
    for (;;) {
      const outcome = await this.#attempt(pursuit);
      if (!(outcome instanceof ChatFailure)) {
        return outcome;
      }
      await this.#holdUp(pursuit, outcome);
    }
  }

  /**
   * One request, from the wait for its turn to its last row in the ledger.
   *
   * @returns the stored answer, or a failure after which it is worth trying again.
   */
  async #attempt(pursuit: Pursuit): Promise<Answer | ChatFailure> {
    const { line, record, request, worstCost } = pursuit;
    const { slot, reservation } = await this.#turn(pursuit);
    let attemptId: number;
    try {
      attemptId = this.#ledger.recordSent(record, worstCost, this.#clock.now(), currencyOf(line));
    } catch (error) {
      reservation.cancel();
      slot.end("unsent");
      throw error;
    }
    let cost = worstCost;
    let slotOutcome: SlotOutcome = "failed";
    let failure: ChatFailure;
    try {
      // The caller's signal stays out of this: what has left is paid for, so its reply is awaited and stored.
      const reply = await line.client.complete(request);
      const answer = this.#store(pursuit, attemptId, reply);
      cost = answer.cost ?? 0;
      slotOutcome = "answered";
      return answer;
    } catch (error) {
      if (!(error instanceof ChatFailure)) {
        throw error;
      }
      failure = error;
      slotOutcome = asksForAPause(failure) ? failure : "failed";
      cost = isCharged(failure) ? worstCost : 0;
      this.#recordFailure(attemptId, pursuit, failure, failure.kind === "request");
    } finally {
      reservation.settle(cost);
      slot.end(slotOutcome);
    }
    await judge(pursuit, failure, () => this.#recordFailure(attemptId, pursuit, failure, true));
    return failure;
  }

  /**
   * Waits until the question may leave: a place among those in flight, and room for its worst case under the caps of its
   * profile and in the allowance of its iteration.
   */
  async #turn(pursuit: Pursuit): Promise<{ slot: Slot; reservation: Reservation }> {
    const { line, ticket } = pursuit;
    for (;;) {
      const slot = await this.#wait(pursuit, (signal) => line.pacer.acquire(line.name, ticket, signal));
      let claimed: Reservation | Change;
      try {
        await this.#throwIfStopped(pursuit);
        claimed = this.#claim(pursuit);
      } catch (error) {
        slot.end("unsent");
        if (error instanceof LionError && error.kind === "limit") {
          throw await line.close(() => error);
        }
        throw error;
      }
      if (typeof claimed !== "function") {
        return { slot, reservation: claimed };
      }
      slot.end("unsent");
      await this.#wait(pursuit, claimed);
    }
  }

  /** Room under the caps and in the allowance, or what to wait for when only what is in flight stands in the way. */
  #claim({ line, record, worstCost }: Pursuit): Reservation | Change {
    const currency = currencyOf(line);
    const allowed = this.#allowance.reserve(record.iteration, worstCost, currency);
    if (!allowed) {
      return (signal) => this.#allowance.changed(record.iteration, currency, signal);
    }
    try {
      const reserved = line.budget.reserve(worstCost);
      if (reserved) {
        return both(allowed, reserved);
      }
    } catch (error) {
      allowed.cancel();
      throw error;
    }
    allowed.cancel();
    return (signal) => line.budget.changed(signal);
  }

  /** Stores a reply and settles its attempt in one transaction. */
  #store(pursuit: Pursuit, attemptId: number, reply: ChatReply): Answer {
    const { line, record, worstCost } = pursuit;
    const { prices } = line.profile;
    const answer = this.#ledger.settle(
      attemptId,
      {
        requestKey: record.key,
        role: record.role,
        origin: "model",
        writtenBy: reply.model,
        profile: record.profile,
        modelAsked: record.model,
        parameters: record.parameters,
        text: reply.text,
        kind: reply.kind,
        finishReason: reply.finishReason,
        inputTokens: reply.inputTokens,
        outputTokens: reply.outputTokens,
        cost: prices ? actual(reply.inputTokens, reply.outputTokens, prices, worstCost) : null,
      },
      this.#clock.now(),
    );
    line.health.answered(line.name);
    return answer;
  }

  #recordFailure(attemptId: number, { line }: Pursuit, failure: ChatFailure, final: boolean): void {
    const options = { final, charged: isCharged(failure) };
    this.#ledger.recordFailure(attemptId, itemFailure(line, failure), options, this.#clock.now());
  }

  /** Pauses before the next try, unless the pacer does it for the whole endpoint; tells about either. */
  async #holdUp(pursuit: Pursuit, failure: ChatFailure): Promise<void> {
    const { line, request, attempts } = pursuit;
    const paced = asksForAPause(failure);
    const jitter = new Random(`backoff/${request.key}/${attempts}`).next();
    const backOff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1)) * (0.75 + 0.5 * jitter);
    const milliseconds = Math.round(paced ? line.pacer.pausedFor : backOff);
    this.#onEvent({ event: "waiting", profile: line.name, origin: line.origin, reason: failure.message, milliseconds });
    if (!paced) {
      await this.#wait(pursuit, (signal) => this.#clock.sleep(milliseconds, signal));
    }
  }

  /** Waits for something that stopping cuts short; then the reason is thrown in words for the user. */
  async #wait<T>(pursuit: Pursuit, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = pursuit.line.waitSignal(pursuit.signal);
    try {
      return await wait(signal);
    } catch (error) {
      await this.#throwIfStopped(pursuit);
      throw error;
    }
  }

  async #throwIfStopped({ line, signal }: Pursuit): Promise<void> {
    if (signal?.aborted) {
      throw signal.reason instanceof LionError
        ? signal.reason
        : new LionError(
            "interrupted",
            "Stopped as asked: what was in flight is stored, and the next run goes on here.",
          );
    }
    if (line.closed) {
      throw await line.closed;
    }
  }
}

/** The currency that a profile's requests are paid in; null where it has no prices. */
function currencyOf({ profile }: Line): string | null {
  return profile.prices?.currency ?? null;
}
