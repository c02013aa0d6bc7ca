import { type FailureKind, LionError, sentenceOf } from "../core/errors.ts";
import type { EndedRun, Failure } from "../protocol/engine.ts";

const OUTCOMES: Readonly<Record<FailureKind, EndedRun["outcome"]>> = {
  input: "failed",
  environment: "failed",
  limit: "limit",
  person: "waiting",
  interrupted: "paused",
};

export const DONE: EndedRun = { outcome: "done", kind: null, message: "" };

/** How work ended because of what was thrown. */
export function endedBy(error: unknown): EndedRun {
  if (!(error instanceof LionError)) {
    return { outcome: "failed", kind: null, message: sentenceOf(error) };
  }
  const { kind, message, problem } = error;
  return { outcome: OUTCOMES[kind], kind, message, ...(problem && { problem }) };
}

/** What a client is told when its request could not be met. */
export function failureOf(error: unknown): Failure {
  const { kind, message, problem } = endedBy(error);
  return { kind: kind ?? "environment", message, ...(problem && { problem }) };
}
