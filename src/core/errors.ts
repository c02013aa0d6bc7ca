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

/**
 * A failure whose message is meant for the user: one sentence that says what is wrong, where, and what to do.
 * Everything else that is thrown is a defect of ours.
 */
export class LionError extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LionError";
    this.kind = kind;
  }
}

/** The text of anything that was thrown, for use inside a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
