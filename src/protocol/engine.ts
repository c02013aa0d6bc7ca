import type { FailureKind, Problem } from "../core/errors.ts";
import type { LoopEvent } from "../core/loop/events.ts";

/**
 * What an engine and its clients (windows, terminals) say to each other over the engine's socket: one JSON object a
 * line. A client says hello with the token of the meeting point, is welcomed or refused, and then asks; the engine
 * answers each question under its id and tells everybody its state and what happens.
 */

/** Both ends must speak the same version. */
export const ENGINE_PROTOCOL = 2;

/** Bytes of the longest line that either end takes. */
export const LONGEST_LINE = 1_000_000;

type StageName = Extract<LoopEvent, { event: "stage" }>["stage"];
type Approval = "manual" | "auto" | "sample";
export type RetriedRole = "teacher" | "student" | "referee" | "generator";

/** How a run, or another piece of work, ended. */
export interface EndedRun {
  readonly outcome: "done" | "waiting" | "limit" | "paused" | "failed";
  /** Why it ended early; null when it is done, and for a defect of ours. */
  readonly kind: FailureKind | null;
  /** One sentence for the user; empty when there is nothing to say. */
  readonly message: string;
  readonly problem?: Problem;
}

/** How far the running stage is; its step is empty before it has counted anything. */
export type EngineProgress = Omit<Extract<LoopEvent, { event: "progress" }>, "event">;

export interface EngineState {
  readonly phase: "idle" | "running" | "pausing";
  readonly unattended: boolean;
  readonly clients: number;
  readonly progress: EngineProgress | null;
  /** Instructions that the teacher is asked about outside of any run; the engine is idle all the same. */
  readonly asking: number;
  readonly lastEnd: EndedRun | null;
  /** What the running iteration has used: requests, and money in units of the currency where all of it has a price. */
  readonly spent: { readonly calls: number; readonly cost: number | null; readonly currency: string | null } | null;
}

/** What happens, beside the state: the loop's events, and the hint that the database has something new. */
export type EngineEvent = LoopEvent | { readonly event: "changed" };

/** A program to start when an unattended run needs somebody; no shell is involved. LION_REASON tells it why. */
export interface Notify {
  readonly program: string;
  readonly args: readonly string[];
}

export interface RunRequest {
  readonly only?: StageName;
  /** Iterations in all, those already done included. */
  readonly iterations?: number;
  readonly approval?: Approval;
  /** Goes on when nobody is there any more. */
  readonly unattended?: boolean;
  readonly notify?: Notify;
  /** What the coming or running iteration may use, in calls and in units of money; null for no bound. */
  readonly allowance?: {
    readonly calls: number | null;
    readonly cost: number | null;
    /** Who allows it; by default the account. */
    readonly actor?: string;
  };
  /** Lets the requests that failed for good in earlier runs be asked once more. */
  readonly retryFailed?: boolean;
}

export interface RetryRequest {
  readonly profile?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly roles?: readonly RetriedRole[];
  /** Who asks; by default the account. */
  readonly actor?: string;
}

export interface RerateRequest {
  readonly iteration: number;
  readonly profile?: string;
  readonly limit?: number;
  /** Only the pairs that stayed unscored. */
  readonly unscored?: boolean;
  readonly actor?: string;
}

export interface AskRequest {
  readonly instructionIds: readonly number[];
  /** ahead: what the coming imitation asks. again: another draw of the same question, which then serves. */
  readonly purpose: "ahead" | "again";
  /** Who asks; by default the account. */
  readonly actor?: string;
}

/** What came of a question to the teacher. */
export interface AskReply {
  /** Instructions that were asked about, or whose answer was there. */
  readonly asked: number;
  /** Of them, those with a complete answer. */
  readonly answered: number;
  /** Why the others were not asked about; null when all were. */
  readonly problem: string | null;
}

/** What a client may ask for; the answer to each is a reply or an error under the same id. */
export type EngineRequest =
  /** Keys by origin (`https://host:port`), for the engine's memory only; an empty one takes a key back. */
  | { readonly tag: "keys"; readonly keys: Readonly<Record<string, string>> }
  /** Answered when the run has ended. */
  | { readonly tag: "run"; readonly request: RunRequest }
  | { readonly tag: "pause" }
  | { readonly tag: "unattended"; readonly value: boolean }
  | { readonly tag: "retry"; readonly request: RetryRequest }
  | { readonly tag: "rerate"; readonly request: RerateRequest }
  | { readonly tag: "train"; readonly output: string; readonly target?: string }
  /** Gives way to all of the above; answered when it is through, or has given way. */
  | { readonly tag: "ask"; readonly request: AskRequest };

export interface Hello {
  readonly tag: "hello";
  readonly protocol: number;
  readonly token: string;
}

export type ClientMessage = Hello | (EngineRequest & { readonly id: number });

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly problem?: Problem;
}

export type EngineMessage =
  | { readonly tag: "welcome"; readonly pid: number; readonly project: string; readonly state: EngineState }
  /** `token`: it was used already or is wrong; reading the meeting point again may help. */
  | { readonly tag: "refused"; readonly reason: "token" | "protocol" }
  | { readonly tag: "state"; readonly state: EngineState }
  | { readonly tag: "event"; readonly event: EngineEvent }
  | { readonly tag: "reply"; readonly id: number; readonly value: unknown }
  | { readonly tag: "error"; readonly id: number; readonly failure: Failure };

type Check = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isAmount: Check = (value) => Number.isFinite(value) && Number(value) >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...choices: readonly string[]): Check =>
  (value) =>
    choices.includes(value as string);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
/** An object with these members, checked, and no others. */
const shape =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) &&
    Object.keys(value).every((name) => Object.hasOwn(members, name)) &&
    Object.entries(members).every(([name, check]) => check(value[name]));

const isRunRequest = shape({
  only: optional(oneOf("imitation", "discrimination", "generation")),
  iterations: optional(isCount),
  approval: optional(oneOf("manual", "auto", "sample")),
  unattended: optional(isFlag),
  notify: optional(shape({ program: isText, args: listOf(isText) })),
  allowance: optional(shape({ calls: nullable(isCount), cost: nullable(isAmount), actor: optional(isText) })),
  retryFailed: optional(isFlag),
});
const isRetryRequest = shape({
  profile: optional(isText),
  parameters: optional(isRecord),
  roles: optional(listOf(oneOf("teacher", "student", "referee", "generator"))),
  actor: optional(isText),
});
const isRerateRequest = shape({
  iteration: isCount,
  profile: optional(isText),
  limit: optional(isCount),
  unscored: optional(isFlag),
  actor: optional(isText),
});
const isAskRequest = shape({
  instructionIds: listOf(isCount),
  purpose: oneOf("ahead", "again"),
  actor: optional(isText),
});

const CHECKS: Readonly<Record<ClientMessage["tag"], Check>> = {
  hello: shape({ tag: isText, protocol: isCount, token: isText }),
  keys: shape({ tag: isText, id: isCount, keys: mapOf(isText) }),
  run: shape({ tag: isText, id: isCount, request: isRunRequest }),
  pause: shape({ tag: isText, id: isCount }),
  unattended: shape({ tag: isText, id: isCount, value: isFlag }),
  retry: shape({ tag: isText, id: isCount, request: isRetryRequest }),
  rerate: shape({ tag: isText, id: isCount, request: isRerateRequest }),
  train: shape({ tag: isText, id: isCount, output: isText, target: optional(isText) }),
  ask: shape({ tag: isText, id: isCount, request: isAskRequest }),
};

/** What a client said, or null when it is not a message of this protocol. A hello of another version is still read. */
export function readClientMessage(line: string): ClientMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const tag = isRecord(value) ? value.tag : undefined;
  const known = typeof tag === "string" && Object.hasOwn(CHECKS, tag) && CHECKS[tag as ClientMessage["tag"]](value);
  return known ? (value as ClientMessage) : null;
}
