/** What one side of a conversation can be asked: for each kind of request its body and its reply. */
export type Calls = Readonly<Record<string, { readonly body: unknown; readonly reply: unknown }>>;

/** The functions that answer one side's calls. What they throw rejects the peer's promise. */
export type Handlers<C extends Calls> = {
  readonly [K in keyof C]: (body: C[K]["body"]) => C[K]["reply"] | Promise<C[K]["reply"]>;
};

/** Characters of JSON that a message may have: larger ones stall the extension host. */
export const LARGEST_MESSAGE = 256 * 1024;

const TIMEOUT_MS = 30_000;

/** A message as it travels. The tags are words, so that a log of them can be read. */
type Message =
  | { readonly type: "request"; readonly id: number; readonly kind: string; readonly body: unknown }
  | { readonly type: "reply"; readonly id: number; readonly body: unknown }
  | { readonly type: "error"; readonly id: number; readonly message: string }
  | { readonly type: "event"; readonly kind: string; readonly body: unknown };

interface Waiting {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export interface MessageOptions {
  /** Milliseconds until a request without a reply is rejected. */
  readonly timeoutMs?: number;
  /** Told of what went wrong where nobody waits: a handler of an event that threw, an unreadable message. */
  readonly onProblem?: (problem: string) => void;
}

/**
 * One side of a conversation between the editor and a webview; both sides have one, with `Theirs` (what the peer can be
 * asked) and `Ours` (what this side answers) swapped. A request is answered under its id, by a reply or by an error that
 * rejects it; no request waits for ever.
 */
export class MessageHandler<Theirs extends Calls, Ours extends Calls> {
  readonly #post: (message: unknown) => void;
  readonly #handlers: Handlers<Ours>;
  readonly #timeoutMs: number;
  readonly #onProblem: (problem: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #disposed = false;

  constructor(post: (message: unknown) => void, handlers: Handlers<Ours>, options: MessageOptions = {}) {
    this.#post = post;
    this.#handlers = handlers;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#onProblem = options.onProblem ?? (() => {});
  }

  /** Asks the peer. Rejects with the peer's sentence, after the timeout, and when this side is disposed of. */
  async request<K extends keyof Theirs & string>(kind: K, body: Theirs[K]["body"]): Promise<Theirs[K]["reply"]> {
    if (this.#disposed) {
      throw new Error("The window of this conversation is closed.");
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`No reply to “${kind}” within ${this.#timeoutMs / 1000} s.`));
      }, this.#timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      try {
        this.#send({ type: "request", id, kind, body });
      } catch (error) {
        this.#settle(id)?.reject(asError(error));
      }
    });
  }

  /** Tells the peer something that needs no reply. */
  tell<K extends keyof Theirs & string>(kind: K, body: Theirs[K]["body"]): void {
    if (!this.#disposed) {
      this.#send({ type: "event", kind, body });
    }
  }

  /** Takes a message that came from the peer; what is none of ours is left alone. */
  receive(message: unknown): void {
    if (this.#disposed || !isMessage(message)) {
      return;
    }
    switch (message.type) {
      case "reply":
        this.#settle(message.id)?.resolve(message.body);
        break;
      case "error":
        this.#settle(message.id)?.reject(new Error(message.message));
        break;
      case "request":
        void this.#answer(message.id, message.kind, message.body);
        break;
      case "event":
        this.#run(message.kind, message.body).catch((error) => this.#onProblem(asError(error).message));
        break;
    }
  }

  /** Ends the conversation: everybody who waits is told. */
  dispose(): void {
    this.#disposed = true;
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id)?.reject(new Error("The window of this conversation was closed."));
    }
  }

  async #answer(id: number, kind: string, body: unknown): Promise<void> {
    try {
      const reply = await this.#run(kind, body);
      if (!this.#disposed) {
        this.#send({ type: "reply", id, body: reply });
      }
    } catch (error) {
      if (!this.#disposed) {
        this.#send({ type: "error", id, message: asError(error).message.slice(0, 2000) });
      }
    }
  }

  async #run(kind: string, body: unknown): Promise<unknown> {
    const handler = Object.hasOwn(this.#handlers, kind) ? this.#handlers[kind] : undefined;
    if (!handler) {
      throw new Error(`Nobody here answers “${kind}”.`);
    }
    return handler(body);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting) {
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
    }
    return waiting;
  }

  #send(message: Message): void {
    const size = JSON.stringify(message).length;
    if (size > LARGEST_MESSAGE) {
      const name = "kind" in message ? message.kind : message.type;
      throw new Error(
        `The message “${name}” has ${size} characters, and ${LARGEST_MESSAGE} is the limit: ask for less.`,
      );
    }
    this.#post(message);
  }
}

function isMessage(message: unknown): message is Message {
  if (typeof message !== "object" || message === null || !("type" in message)) {
    return false;
  }
  const { type, id, kind } = message as { type: unknown; id?: unknown; kind?: unknown };
  switch (type) {
    case "request":
      return typeof id === "number" && typeof kind === "string";
    case "reply":
      return typeof id === "number";
    case "error":
      return typeof id === "number" && "message" in message && typeof message.message === "string";
    case "event":
      return typeof kind === "string";
    default:
      return false;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
