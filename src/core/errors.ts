/** Why the work ended early; each maps to one exit code of the command line. */
export type FailureKind =
  /** Wrong use or bad input: exit code 2. */
  | "input"
  /** Something the user must repair (an endpoint, Python, the disk): exit code 1. */
  | "environment"
  /** A limit on calls, money or generator requests was reached: exit code 4. */
  | "limit"
  /** The work waits for a person's decision: exit code 3. */
  | "person"
  /** A person or the system asked to stop, nothing was lost: exit code 130. */
  | "interrupted";

/** What an editor can offer a button for, beside the sentence. */
export type Problem =
  /** An endpoint wants a key and has none, or refused the one it got. */
  | { readonly code: "missing-key"; readonly origin: string; readonly profile: string }
  /** What was allowed for an iteration is used up. */
  | { readonly code: "allowance"; readonly iteration: number }
  /** The host of a training target could not be reached; `why` is the kind of an `SshProblem`. */
  | { readonly code: "ssh"; readonly host: string; readonly why: string };

/**
 * A failure whose message is meant for the user: one sentence that says what is wrong, where, and what to do.
 * Everything else that is thrown is a defect of ours.
 */
export class LionError extends Error {
  readonly kind: FailureKind;
  readonly problem: Problem | undefined;

  constructor(kind: FailureKind, message: string, options?: { cause?: unknown; problem?: Problem }) {
    super(message, options);
    this.name = "LionError";
    this.kind = kind;
    this.problem = options?.problem;
  }
}

/** The text of anything that was thrown, for use inside a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the user is told of anything that was thrown: what the system refused, in words; a defect of ours speaks for itself. */
export function sentenceOf(error: unknown): string {
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
