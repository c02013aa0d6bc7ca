/** The five roles of the loop (design, section "Words"). */
export type Role = "teacher" | "student" | "referee" | "generator" | "evaluator";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** One request as it leaves for an OpenAI-compatible endpoint. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** Sent as written: temperature, max_tokens, max_completion_tokens, response_format … */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Sampling seed; left out of the body when the profile says the endpoint does not know it. */
  readonly seed?: number;
  /** The request's identity (64 hex digits); sent as `Idempotency-Key`. */
  readonly key: string;
}

/** What a reply turned out to be. Everything but `complete` is unusable as a teacher's answer. */
export type ReplyKind = "complete" | "cut" | "empty" | "refused";

/** One reply as it arrived. */
export interface ChatReply {
  readonly text: string;
  readonly kind: ReplyKind;
  /** The endpoint's own word: stop, length, content_filter … */
  readonly finishReason: string;
  /** The model that the endpoint says has replied. */
  readonly model: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export type ChatFailureKind =
  /** 401 or 403: the key is missing or wrong. Ends the stage. */
  | "auth"
  /** 404, or a 400 that names the model. Ends the stage. */
  | "model"
  /** 400 or 422: this request will never succeed. Ends this request only. */
  | "request"
  /** 429: the quota is used up (`insufficient_quota`). Ends the stage. */
  | "quota"
  /** 429: too fast. Tried again after `retryAfterMs` or a growing pause. */
  | "rate"
  /** 5xx, 408, 409. Tried again. */
  | "server"
  /** Connection reset, a body that ended early or is not JSON, a timeout. Tried again. */
  | "network"
  /** Nothing listens there, or the name does not resolve. Ends the stage after a few tries. */
  | "unreachable";

/** A request that brought no reply. */
export class ChatFailure extends Error {
  readonly kind: ChatFailureKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    kind: ChatFailureKind,
    message: string,
    details: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ChatFailure";
    this.kind = kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** The port to a model endpoint. One call is one HTTP request: retrying is the caller's business. */
export interface ChatClient {
  /** @throws ChatFailure, or the signal's reason when aborted. */
  complete(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply>;
  /** Names of the models the endpoint offers (`GET /v1/models`). @throws ChatFailure */
  models(signal?: AbortSignal): Promise<readonly string[]>;
}
