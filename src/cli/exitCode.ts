import { type FailureKind, LionError, sentenceOf } from "../core/errors.ts";
import type { EndedRun } from "../protocol/engine.ts";

/** What a run ended with, in the words of the `end` event. */
export type Outcome = "done" | "failed" | "input" | "waiting" | "limit" | "interrupted";

const EXIT_CODES: Readonly<Record<Outcome, number>> = {
  done: 0,
  failed: 1,
  input: 2,
  waiting: 3,
  limit: 4,
  interrupted: 130,
};

const OUTCOMES: Readonly<Record<FailureKind, Outcome>> = {
  input: "input",
  environment: "failed",
  limit: "limit",
  person: "waiting",
  interrupted: "interrupted",
};

export interface Ending {
  readonly outcome: Outcome;
  readonly exit: number;
  readonly message: string;
}

export const DONE: Ending = { outcome: "done", exit: EXIT_CODES.done, message: "" };

/** How the command ends because of what was thrown. */
export function endingOf(error: unknown): Ending {
  const outcome = error instanceof LionError ? OUTCOMES[error.kind] : "failed";
  return {
    outcome,
    exit: EXIT_CODES[outcome],
    message: sentenceOf(error),
  };
}

/** How the command ends because of how the run did. */
export function endingOfRun({ outcome, kind, message }: EndedRun): Ending {
  if (outcome === "done") {
    return DONE;
  }
  const reason = kind ? OUTCOMES[kind] : "failed";
  return { outcome: reason, exit: EXIT_CODES[reason], message };
}
