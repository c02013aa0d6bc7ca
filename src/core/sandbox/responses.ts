import type { ServerResponse } from "node:http";
import { ZodError } from "zod";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { MindReply } from "./chat.ts";
import { RequestRefused } from "./completion.ts";
import type { Fault } from "./faults.ts";

/** The reply with what a fault does to its content. */
export function spoilt(reply: MindReply, fault: Fault | null): MindReply & { refusal?: string } {
  switch (fault?.kind) {
    case "refusal":
      return { content: "", finishReason: "stop", refusal: "I'm sorry, but I can't help with that." };
    case "content-filter":
      return { content: "", finishReason: "content_filter" };
    case "length":
      return { content: reply.content.slice(0, Math.ceil(reply.content.length / 2)), finishReason: "length" };
    case "empty":
      return { content: "", finishReason: "stop" };
    default:
      return reply;
  }
}

/** The headers that a fault adds. */
export function headersOf(fault: Fault | null): Record<string, string> {
  return fault?.kind === "rate-limit-headers"
    ? {
        "x-ratelimit-limit-requests": String(fault.limit),
        "x-ratelimit-remaining-requests": String(fault.remaining),
        "x-ratelimit-reset-requests": `${fault.resetSeconds}s`,
      }
    : {};
}

/** Sends what a fault sends instead of a whole reply; false when the fault leaves the reply whole. */
export function sendFailure(response: ServerResponse, fault: Fault, whole: () => string, clock: Clock): boolean {
  switch (fault.kind) {
    case "status":
      sendStatus(response, fault, clock);
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "cut-body": {
      const bytes = Buffer.from(whole());
      response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length });
      response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroy());
      return true;
    }
    case "malformed-json":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(whole().slice(0, -2));
      return true;
    default:
      return false;
  }
}

function sendStatus(response: ServerResponse, fault: Extract<Fault, { kind: "status" }>, clock: Clock): void {
  const seconds = fault.retryAfterSeconds;
  const headers: Record<string, string> = {};
  if (seconds !== undefined && fault.retryAfterAs === "milliseconds") {
    headers["retry-after-ms"] = String(Math.round(seconds * 1000));
  } else if (seconds !== undefined) {
    headers["retry-after"] =
      fault.retryAfterAs === "date" ? new Date(clock.now() + seconds * 1000).toUTCString() : String(seconds);
  }
  const message = fault.message ?? (fault.status === 429 ? "Rate limit reached." : "The server had an error.");
  const type =
    fault.status === 429 ? "rate_limit_error" : fault.status >= 500 ? "server_error" : "invalid_request_error";
  sendJson(response, { error: { message, type, param: null, code: fault.code ?? null } }, headers, fault.status);
}

/** Sends a value as JSON. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  const bytes = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { ...headers, "content-type": "application/json", "content-length": bytes.length });
  response.end(bytes);
}

/** Sends what was thrown as an OpenAI-shaped error. */
export function sendError(response: ServerResponse, error: unknown): void {
  const refused =
    error instanceof RequestRefused
      ? error
      : error instanceof ZodError
        ? new RequestRefused(400, `These are no rules for faults: ${messageOf(error)}`)
        : new RequestRefused(500, messageOf(error));
  const type = refused.status >= 500 ? "server_error" : "invalid_request_error";
  const { message, param, code } = refused;
  sendJson(response, { error: { message, type, param, code } }, {}, refused.status);
}
