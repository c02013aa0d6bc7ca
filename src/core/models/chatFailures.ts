import { APIConnectionError, APIError } from "openai";
import { messageOf } from "../errors.ts";
import { ChatFailure, type ChatFailureKind } from "./types.ts";

/** Codes of Node.js and undici that mean: the request never reached a server. */
const UNREACHABLE_CODES =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/;
const REASONS: ReadonlyArray<[RegExp, string]> = [
  [/^ECONNREFUSED/, "nothing listens there"],
  [/^(ENOTFOUND|EAI_AGAIN)/, "the name does not resolve"],
  [/^UND_ERR_CONNECT_TIMEOUT/, "no connection in time"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)/, "the connection broke off"],
];
const LONGEST_MESSAGE = 300;

/** Turns whatever the client library threw into the one kind of failure that the rest of the product knows. */
export function failureFrom(error: unknown, now: number): ChatFailure {
  if (error instanceof ChatFailure) {
    return error;
  }
  if (error instanceof APIError && !(error instanceof APIConnectionError) && typeof error.status === "number") {
    return statusFailure(error.status, error.error, messageOf(error), error.headers, now);
  }
  const code = codeOf(error);
  if (code && UNREACHABLE_CODES.test(code)) {
    return new ChatFailure("unreachable", reasonOf(code));
  }
  if (namesInChain(error).some((name) => /Timeout|Abort/.test(name))) {
    return new ChatFailure("network", "no complete reply in time");
  }
  if (error instanceof SyntaxError) {
    return new ChatFailure("network", "the reply is not JSON or was cut off");
  }
  return new ChatFailure("network", code ? reasonOf(code) : oneLine(messageOf(error)));
}

/** A reply with status 200 that holds an error instead of an answer, as gateways send when the model behind them fails. */
export function errorInReply(error: unknown, now: number): ChatFailure {
  const { code, status } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const stated = [code, status].map(Number).find((number) => number >= 400 && number < 600);
  const failure = statusFailure(stated ?? 502, error, describe(error), undefined, now);
  return failure.kind === "request" ? new ChatFailure("server", failure.message) : failure;
}

/** Milliseconds that `retry-after-ms` or `Retry-After` (seconds, or an HTTP date: RFC 9110, 10.2.3) ask for. */
export function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const milliseconds = headers?.get("retry-after-ms") ?? "";
  if (/^\s*\d+(\.\d+)?\s*$/.test(milliseconds)) {
    return Math.ceil(Number(milliseconds));
  }
  const value = headers?.get("retry-after") ?? "";
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) {
    return Math.ceil(Number(value) * 1000);
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function statusFailure(
  status: number,
  error: unknown,
  text: string,
  headers: Headers | undefined,
  now: number,
): ChatFailure {
  const message = oneLine(text.startsWith(String(status)) ? text : `${status} ${text}`);
  const retryAfter = retryAfterMs(headers, now);
  return new ChatFailure(kindOf(status, error, text), message, {
    status,
    ...(retryAfter !== null && { retryAfterMs: retryAfter }),
  });
}

function kindOf(status: number, error: unknown, text: string): ChatFailureKind {
  if (status === 401 || status === 403) {
    return "auth";
  }
  if (status === 404 || (status === 400 && namesTheModel(error, text))) {
    return "model";
  }
  if (status === 402 || (status === 429 && /insufficient_quota/.test(`${JSON.stringify(error)} ${text}`))) {
    return "quota";
  }
  if (status === 429) {
    return "rate";
  }
  if (status >= 500 || status === 408 || status === 409) {
    return "server";
  }
  // A redirect is never followed: it would carry prompts to a host that the project does not name.
  return status >= 300 && status < 400 ? "unreachable" : "request";
}

/**
 * Whether a refusal is about the model's name. A message may speak of the model for other reasons ("this model's
 * maximum context length", "not supported with this model"): those concern one request.
 */
function namesTheModel(error: unknown, text: string): boolean {
  const { code, param, type } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  if (param === "model" || /model_not_found|invalid_model|unknown_model/.test(`${code} ${type}`)) {
    return true;
  }
  return (
    /\bmodel\b.{0,120}\b(does not exist|not exist|not found|unknown|is not a valid|not available|not loaded)\b/i.test(
      text,
    ) ||
    /\b(unknown|invalid|no such|unrecognized)\s+model\b/i.test(text) ||
    /\bnot a valid model\b/i.test(text)
  );
}

/** The first `code` in an error's chain of causes; a failed connection hides it two levels down. */
function codeOf(error: unknown): string | null {
  for (const link of chainOf(error)) {
    const { code } = link as { code?: unknown };
    if (typeof code === "string" && code !== "") {
      return code;
    }
  }
  return null;
}

function namesInChain(error: unknown): string[] {
  return chainOf(error).map((link) => `${link.name} ${link.constructor.name}`);
}

/** An error, its causes, and what an AggregateError (one try an address) holds. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  const pending: unknown[] = [error];
  while (pending.length > 0 && chain.length < 10) {
    const link = pending.shift();
    if (link instanceof Error) {
      chain.push(link);
      pending.push(link.cause, ...(link instanceof AggregateError ? link.errors : []));
    }
  }
  return chain;
}

function reasonOf(code: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1];
  return reason ? `${reason}, ${code}` : code;
}

function describe(error: unknown): string {
  if (typeof error === "string") {
    return error;
  }
  const { message } = (typeof error === "object" && error !== null ? error : {}) as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(error);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}
