import type { OpenAI } from "openai";
import type { Clock } from "../clock.ts";
import { errorInReply, failureFrom } from "./chatFailures.ts";
import { openaiAt } from "./openaiAt.ts";
import { type ChatClient, ChatFailure, type ChatReply, type ChatRequest, type ReplyKind } from "./types.ts";

export interface OpenAiClientOptions {
  /** The endpoint, up to and including `/v1`. */
  readonly baseUrl: string;
  /** Null for an endpoint that wants none. Never logged, and blotted out of every message. */
  readonly key: string | null;
  /** How long one request may take, its body included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A client for one OpenAI-compatible endpoint. Retries nothing: each call is one HTTP request. */
export class OpenAiClient implements ChatClient {
  readonly #openai: OpenAI;
  readonly #key: string | null;
  readonly #clock: Clock;

  constructor({ baseUrl, key, timeoutMs, clock }: OpenAiClientOptions) {
    this.#key = key;
    this.#clock = clock;
    this.#openai = openaiAt({ baseUrl, key, timeoutMs });
  }

  async complete(request: ChatRequest, signal?: AbortSignal): Promise<ChatReply> {
    const body = {
      ...(request.seed !== undefined && { seed: request.seed }),
      ...request.parameters,
      model: request.model,
      messages: request.messages,
    };
    const headers = { "Idempotency-Key": request.key };
    const reply = await this.#call(
      () => this.#openai.post<unknown>("/chat/completions", { body, headers, ...(signal && { signal }) }),
      signal,
    );
    return this.#orFailure(() => replyFrom(reply, request.model, this.#clock.now()));
  }

  async models(signal?: AbortSignal): Promise<readonly string[]> {
    const reply = await this.#call(() => this.#openai.get<unknown>("/models", { ...(signal && { signal }) }), signal);
    const { data } = recordOf(jsonOf(reply));
    return Array.isArray(data) ? data.map((model) => recordOf(model).id).filter((id) => typeof id === "string") : [];
  }

  async #call<T>(request: () => PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#withoutKey(failureFrom(error, this.#clock.now()));
    }
  }

  #orFailure<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#withoutKey(failureFrom(error, this.#clock.now()));
    }
  }

  /** Endpoints quote the key they refuse; a message may end up on a screen, in a log or in the database. */
  #withoutKey(failure: ChatFailure): ChatFailure {
    if (!this.#key || !failure.message.includes(this.#key)) {
      return failure;
    }
    return new ChatFailure(failure.kind, failure.message.replaceAll(this.#key, "[key]"), {
      ...(failure.status !== null && { status: failure.status }),
      ...(failure.retryAfterMs !== null && { retryAfterMs: failure.retryAfterMs }),
    });
  }
}

/** Reads a chat completion. @throws ChatFailure when the body is none. */
function replyFrom(reply: unknown, modelAsked: string, now: number): ChatReply {
  const body = recordOf(jsonOf(reply));
  const choice = recordOf(Array.isArray(body.choices) ? body.choices[0] : undefined);
  const error = body.error ?? choice.error;
  if (error !== undefined && error !== null) {
    throw errorInReply(error, now);
  }
  if (typeof choice.message !== "object" || choice.message === null) {
    throw new ChatFailure("network", "the reply holds no answer (no choices)");
  }
  const message = recordOf(choice.message);
  const finishReason = typeof choice.finish_reason === "string" ? choice.finish_reason : "";
  if (finishReason === "error") {
    throw new ChatFailure("server", "the endpoint broke the answer off with an error");
  }
  const refusal = typeof message.refusal === "string" ? message.refusal : "";
  const text = textOf(message.content);
  const usage = recordOf(body.usage);
  return {
    text: text.trim() === "" && refusal !== "" ? refusal : text,
    kind: kindOf(text, refusal, finishReason),
    finishReason,
    model: typeof body.model === "string" && body.model !== "" ? body.model : modelAsked,
    inputTokens: tokensOf(usage.prompt_tokens),
    outputTokens: tokensOf(usage.completion_tokens),
  };
}

function kindOf(text: string, refusal: string, finishReason: string): ReplyKind {
  if (refusal.trim() !== "" || finishReason === "content_filter") {
    return "refused";
  }
  if (finishReason === "length") {
    return "cut";
  }
  return text.trim() === "" ? "empty" : "complete";
}

/** A message's text: a string, or (some servers) a list of parts. */
function textOf(content: unknown): string {
  if (Array.isArray(content)) {
    return content
      .map((part) => recordOf(part).text)
      .filter((text) => typeof text === "string")
      .join("");
  }
  return typeof content === "string" ? content : "";
}

function tokensOf(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}

/** The library parses bodies that call themselves JSON; others arrive as text. @throws SyntaxError */
function jsonOf(reply: unknown): unknown {
  return typeof reply === "string" ? JSON.parse(reply) : reply;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
