import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { type Clock, SystemClock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { SandboxConfig } from "../project/schema.ts";
import { type ChatBody, type MindReply, withinLimit } from "./chat.ts";
import { chatCompletion, RequestRefused, readChatBody } from "./completion.ts";
import { type FaultRule, Faults } from "./faults.ts";
import { Oracle } from "./oracle.ts";
import { Recording } from "./recording.ts";
import { Replay } from "./replay.ts";
import { headersOf, sendError, sendFailure, sendJson, spoilt } from "./responses.ts";
import { modelNames, speakerOf } from "./speaker.ts";
import { type SandboxStats, Tally } from "./tally.ts";

/** Bytes that a request may have. */
const LARGEST_BODY = 16 * 1024 * 1024;

export interface SandboxOptions {
  readonly config: SandboxConfig;
  /** The folder that `config.set` is relative to; the working folder by default. */
  readonly baseDir?: string;
  readonly faults?: readonly FaultRule[];
  /** A file that gets one line `{"key", "model", "at"}` for every request answered with 200. */
  readonly requestLog?: string;
  /** A free one by default. */
  readonly port?: number;
  /** When given, requests without `Authorization: Bearer <key>` are refused with 401. */
  readonly key?: string;
  readonly clock?: Clock;
}

/** A running sandbox. */
export interface Sandbox {
  /** The endpoint's address up to and including `/v1`. */
  readonly url: string;
  stats(): SandboxStats;
  /** Ends it at once; requests in flight are torn down. */
  close(): Promise<void>;
}

type Mind = Pick<Oracle, "reply">;

class Endpoint {
  readonly #options: SandboxOptions;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #minds: Readonly<Record<SandboxConfig["mind"], Mind | null>>;
  readonly tally: Tally;
  readonly closing = new AbortController();

  constructor(options: SandboxOptions) {
    const { config } = options;
    if (config.mind === "replay" && config.set === undefined) {
      throw new LionError(
        "input",
        'The sandbox has nothing to replay: name a recorded set as "sandbox.set" in lion.json.',
      );
    }
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#faults = new Faults(config.seed, options.faults ?? []);
    this.#minds = {
      oracle: new Oracle(config),
      replay:
        config.set === undefined
          ? null
          : new Replay(config, Recording.read(resolve(options.baseDir ?? ".", config.set))),
    };
    this.tally = new Tally(options.requestLog);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#authorize(request);
      await this.#route(request, response);
    } catch (error) {
      if (response.destroyed || this.closing.signal.aborted) {
        response.destroy();
      } else {
        sendError(response, error);
      }
    }
  }

  #authorize(request: IncomingMessage): void {
    const { key } = this.#options;
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      throw new RequestRefused(401, "Incorrect API key provided.", { code: "invalid_api_key" });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    switch (`${request.method} ${path}`) {
      case "POST /v1/chat/completions":
        return this.#complete(request, response);
      case "GET /v1/models":
        return sendJson(response, { object: "list", data: modelNames(this.#options.config.mind).map(modelCard) });
      case "POST /sandbox/faults":
        this.#faults.replace(parseJson(await readText(request)));
        return sendJson(response, {});
      case "GET /sandbox/stats":
        return sendJson(response, this.tally.stats());
      default:
        throw new RequestRefused(404, `Unknown request URL: ${request.method} ${path}.`, { code: "unknown_url" });
    }
  }

  #replyTo(body: ChatBody): MindReply {
    const speaker = speakerOf(body.model, this.#options.config.mind);
    const mind = speaker === null ? null : this.#minds[speaker.mind];
    if (speaker === null || mind === null) {
      throw new RequestRefused(404, `The model '${body.model}' does not exist.`, {
        code: "model_not_found",
        param: "model",
      });
    }
    return withinLimit(mind.reply(speaker.role, body), body);
  }

  async #complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = readChatBody(await readText(request));
    const reply = this.#replyTo(body);
    const key = request.headers["idempotency-key"];
    const sender = { model: body.model, key: typeof key === "string" ? key : null };
    this.tally.arrived(sender);
    const fault = this.#faults.next(body);
    if (fault !== null) {
      this.tally.struck(fault);
    }
    const delay = this.#options.config.latencyMs + (fault?.kind === "slow" ? fault.ms : 0);
    if (delay > 0) {
      await this.#clock.sleep(delay, this.closing.signal);
    }
    const failed =
      fault !== null && sendFailure(response, fault, () => JSON.stringify(chatCompletion(body, reply)), this.#clock);
    if (!failed && !response.destroyed) {
      this.tally.answered(sender, this.#clock.now());
      sendJson(response, chatCompletion(body, spoilt(reply, fault)), headersOf(fault));
    }
  }
}

function modelCard(id: string): object {
  return { id, object: "model", created: 0, owned_by: "sandbox" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestRefused(400, "The body of the request is not valid JSON.");
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY) {
      chunks.push(chunk);
    }
  }
  if (size > LARGEST_BODY) {
    throw new RequestRefused(413, `A request may have ${LARGEST_BODY} bytes.`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Starts the embedded endpoint on this machine's loopback address.
 * @throws LionError when the configuration names a set or a task family that is not there, or the port is taken.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const endpoint = new Endpoint(options);
  const server = createServer((request, response) => void endpoint.handle(request, response));
  await new Promise<void>((listening, failed) => {
    server.once("error", (error) => {
      endpoint.tally.close();
      const place = options.port === undefined ? "on loopback" : `at port ${options.port}`;
      failed(
        new LionError("environment", `The sandbox cannot listen ${place} (${error.message}); choose another port.`, {
          cause: error,
        }),
      );
    });
    server.listen(options.port ?? 0, "127.0.0.1", listening);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    stats: () => endpoint.tally.stats(),
    close: () =>
      new Promise((closed) => {
        endpoint.closing.abort();
        server.close(() => {
          endpoint.tally.close();
          closed();
        });
        server.closeAllConnections();
      }),
  };
}
