import type { NewRequest } from "../store/ledger.ts";
import { AskFailed } from "./askFailed.ts";
import type { Line } from "./line.ts";
import { alwaysRefused, alwaysTooFast, endpointDown, keyRefused, modelUnknown, quotaUsedUp } from "./sentences.ts";
import type { ChatFailure, ChatRequest } from "./types.ts";

/** Tries of one question at an address where nothing listens, before the endpoint counts as down. */
const UNREACHABLE_TRIES = 3;
/** Pauses that an endpoint asks for in a row, with no answer in between, before the stage ends: some three minutes. */
const MOST_STRIKES = 10;

/** A question on its way, over all its attempts. */
export interface Pursuit {
  readonly line: Line;
  readonly request: ChatRequest;
  readonly record: NewRequest;
  /** Millionths of the currency. */
  readonly worstCost: number;
  readonly ticket: number;
  readonly signal: AbortSignal | undefined;
  /** Answers that the endpoint had given when this question began, then when it last failed. */
  answersBefore: number;
  /** Tries that failed, those not counted that were only told to wait. */
  attempts: number;
  /** How many of the last ones in a row found nothing listening. */
  unreachable: number;
}

/**
 * Decides what a failure means: another try (returns), the end of this question, or the end of the stage (throws).
 *
 * @param closeForGood stores the question as failed, so that the next run does not ask it again.
 */
export async function judge(pursuit: Pursuit, failure: ChatFailure, closeForGood: () => void): Promise<void> {
  const { line } = pursuit;
  switch (failure.kind) {
    case "auth":
      throw await line.close(() => keyRefused(line, failure));
    case "quota":
      throw await line.close(() => quotaUsedUp(line, failure));
    case "model":
      throw await line.close(() => modelUnknown(line, failure));
    case "request":
      if (line.health.refused(line.name)) {
        throw await line.close(() => alwaysRefused(line, failure));
      }
      throw new AskFailed(itemFailure(line, failure));
    case "rate":
      // Being told to wait is no fault of the question, so it does not use up its attempts.
      if (line.pacer.strikes >= MOST_STRIKES) {
        throw await line.close(() => alwaysTooFast(line, failure));
      }
      return;
    default:
      await judgeTrouble(pursuit, failure, closeForGood);
  }
}

/** Trouble that may pass: each try counts, and what it says depends on whether the endpoint answers others. */
async function judgeTrouble(pursuit: Pursuit, failure: ChatFailure, closeForGood: () => void): Promise<void> {
  const { line } = pursuit;
  const { health } = line;
  const othersAnswered = health.answers > pursuit.answersBefore;
  pursuit.answersBefore = health.answers;
  pursuit.attempts++;
  pursuit.unreachable = failure.kind === "unreachable" && !othersAnswered ? pursuit.unreachable + 1 : 0;
  if (pursuit.unreachable >= UNREACHABLE_TRIES) {
    throw await line.close(() => endpointDown(line, failure));
  }
  if (pursuit.attempts < line.profile.maxAttempts) {
    return;
  }
  if (line.closed) {
    throw await line.closed;
  }
  if (othersAnswered) {
    closeForGood();
  } else if (health.exhausted(closeForGood)) {
    throw await line.close(() => endpointDown(line, failure));
  }
  throw new AskFailed(itemFailure(line, failure));
}

/** A reply that broke off may have been paid for; what was refused, or never arrived, was not. */
export function isCharged(failure: ChatFailure): boolean {
  return failure.kind === "network";
}

/** Whether the whole endpoint should pause: it said "too fast", or for how long it is busy. */
export function asksForAPause(failure: ChatFailure): boolean {
  return failure.kind === "rate" || (failure.kind === "server" && failure.retryAfterMs !== null);
}

/** Why one question failed, as it is stored and listed. */
export function itemFailure(line: Line, failure: ChatFailure): string {
  return `${line.origin} ${failure.kind === "request" ? "refused the request" : "failed"}: ${failure.message}`;
}
