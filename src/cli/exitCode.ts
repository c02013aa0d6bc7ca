import { type FailureKind, LionError, messageOf } from "../core/errors.ts";

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
    message: error instanceof LionError ? error.message : sentenceOf(error),
  };
}

/** What the system refused, in words; anything else is a defect of ours and speaks for itself. */
function sentenceOf(error: unknown): string {
  const { code, path } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  const place = path === undefined ? "" : ` (${path})`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return `The disk is full${place}: free some space and run again; what was stored is unharmed.`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `The system does not allow this${place}: check that the folder belongs to you; what was stored is unharmed.`;
    default:
      return messageOf(error);
  }
}
