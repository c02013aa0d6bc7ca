import type { Socket } from "node:net";
import { LionError } from "../core/errors.ts";
import {
  type ClientMessage,
  ENGINE_PROTOCOL,
  type EngineMessage,
  type EngineRequest,
  readClientMessage,
} from "../protocol/engine.ts";
import { Channel } from "./channel.ts";
import { failureOf } from "./ended.ts";
import type { KeyRing } from "./keyRing.ts";
import type { EngineWork } from "./work.ts";

/** Time for a connection to say hello. */
const HELLO_MS = 5000;

/** What a client may ask also of an engine that belongs to a terminal's run. */
const ALWAYS_POSSIBLE: ReadonlySet<EngineRequest["tag"]> = new Set(["keys", "pause"]);

export interface HostedClientOptions {
  readonly work: EngineWork;
  readonly keys: KeyRing;
  /** Why nothing but following and pausing is possible here, or null. */
  readonly followOnly: string | null;
  /** Whether a token lets this client in. */
  readonly admit: (token: string) => boolean;
  readonly onAdmitted: () => void;
  /** Told once, of a client that was never admitted too. */
  readonly onGone: () => void;
}

/** The engine's end of one client's connection: hello first, then requests. What it does not understand, it hangs up on. */
export class HostedClient {
  readonly #channel: Channel;
  readonly #options: HostedClientOptions;
  readonly #impatience: NodeJS.Timeout;
  #admitted = false;

  constructor(socket: Socket, options: HostedClientOptions) {
    this.#options = options;
    this.#channel = new Channel(socket, {
      onLine: (line) => this.#take(line),
      onClose: () => {
        clearTimeout(this.#impatience);
        options.onGone();
      },
    });
    this.#impatience = setTimeout(() => this.#channel.destroy(), HELLO_MS);
  }

  send(message: EngineMessage): void {
    this.#channel.send(message);
  }

  /** Sends what waits and hangs up. */
  end(): void {
    this.#channel.end();
  }

  #take(line: string): void {
    const message = readClientMessage(line);
    if (!message || (message.tag === "hello") === this.#admitted) {
      this.#channel.destroy();
    } else if (message.tag === "hello") {
      this.#hello(message);
    } else {
      void this.#answer(message);
    }
  }

  #hello({ protocol, token }: Extract<ClientMessage, { tag: "hello" }>): void {
    const refusal = protocol !== ENGINE_PROTOCOL ? "protocol" : this.#options.admit(token) ? null : "token";
    if (refusal) {
      this.send({ tag: "refused", reason: refusal });
      this.end();
      return;
    }
    clearTimeout(this.#impatience);
    this.#admitted = true;
    this.#options.onAdmitted();
  }

  async #answer(message: EngineRequest & { readonly id: number }): Promise<void> {
    try {
      const value = await this.#meet(message);
      this.send({ tag: "reply", id: message.id, value: value ?? null });
    } catch (error) {
      this.send({ tag: "error", id: message.id, failure: failureOf(error) });
    }
  }

  async #meet(request: EngineRequest): Promise<unknown> {
    const { work, keys, followOnly } = this.#options;
    if (followOnly !== null && !ALWAYS_POSSIBLE.has(request.tag)) {
      throw new LionError("environment", followOnly);
    }
    switch (request.tag) {
      case "keys":
        return keys.give(request.keys);
      case "run":
        return work.run(request.request);
      case "pause":
        return work.pause();
      case "unattended":
        return work.setUnattended(request.value);
      case "train":
        return work.train(request.output, request.target);
      case "retry":
        return work.retryFailed(request.request);
      case "rerate":
        return work.rerate(request.request);
      case "ask":
        return work.ask(request.request);
    }
  }
}
