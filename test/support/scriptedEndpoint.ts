import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** The content of the last message. */
  readonly text: string;
}

/** What the endpoint does with a request; `count` is the request's number, from 1. */
export type Script = (received: Received, response: ServerResponse, count: number) => void | Promise<void>;

/** An OpenAI-compatible endpoint on loopback that does what a test tells it to. */
export class ScriptedEndpoint {
  readonly received: Received[] = [];
  inFlight = 0;
  mostInFlight = 0;
  #script: Script;
  readonly #server: Server;

  constructor(script: Script = (received, response) => reply(response, `echo: ${received.text}`)) {
    this.#script = script;
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      const path = request.url ?? "";
      if (path.endsWith("/models")) {
        json(response, 200, { data: ["m-1", "m-2", "m-3", "m-4", "m-5", "m-6"].map((id) => ({ id })) });
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
      const messages = (body.messages ?? []) as Array<{ content: string }>;
      const received: Received = { path, headers: request.headers, body, text: messages.at(-1)?.content ?? "" };
      this.received.push(received);
      this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
      response.once("close", () => this.inFlight--);
      await this.#script(received, response, this.received.length);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  set script(script: Script) {
    this.#script = script;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Sends a complete answer; `overrides` replace members of the choice. */
export function reply(response: ServerResponse, content: string | null, overrides: Record<string, unknown> = {}): void {
  const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop", ...overrides };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  json(response, 200, { id: "c", object: "chat.completion", model: "m-1-2026", choices: [choice], usage });
}

/** Sends an error in the form that OpenAI-compatible endpoints use. */
export function refuse(
  response: ServerResponse,
  status: number,
  error: Record<string, unknown> = { message: "scripted" },
  headers: Record<string, string> = {},
): void {
  json(response, status, { error }, headers);
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
