import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { LionError } from "../core/errors.ts";
import type { ReratingSummary } from "../core/loop/reratingSummary.ts";
import type { RetryResult } from "../core/loop/retry.ts";
import type { Project } from "../core/project/project.ts";
import {
  type AskReply,
  type AskRequest,
  ENGINE_PROTOCOL,
  type EndedRun,
  type EngineEvent,
  type EngineMessage,
  type EngineRequest,
  type EngineState,
  type RerateRequest,
  type RetryRequest,
  type RunRequest,
} from "../protocol/engine.ts";
import { Channel } from "./channel.ts";
import { type EngineLaunch, engineLog, lastWords, launchEngine } from "./engineProcess.ts";
import { Listeners } from "./listeners.ts";
import { isLiving, type MeetingPoint, readMeetingPoint } from "./meetingPoint.ts";
import type { TrainedOnce } from "./trainOnce.ts";

/** An engine may be busy for seconds before it answers, for example while it builds its index. */
const WELCOME_MS = 20_000;
/** Other clients may use up a token before it is our turn. */
const TOKEN_ATTEMPTS = 20;
const START_MS = 40_000;
const LOOK_EVERY_MS = 50;
const MOST_LAUNCHES = 3;

type Welcome = Extract<EngineMessage, { tag: "welcome" }>;
type Refusal = Extract<EngineMessage, { tag: "refused" }>["reason"];

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LionError) => void;
}

/** A window's or a terminal's line to the engine of a project. */
export class EngineClient {
  readonly #channel: Channel;
  readonly #welcomed: (outcome: Welcome | Refusal | null) => void;
  readonly #states = new Listeners<EngineState>();
  readonly #events = new Listeners<EngineEvent>();
  readonly #closes = new Listeners<void>();
  readonly #pending = new Map<number, Pending>();
  #welcome: Welcome | null = null;
  #state: EngineState | null = null;
  #lastId = 0;
  #closed = false;

  private constructor(point: MeetingPoint, welcomed: (outcome: Welcome | Refusal | null) => void) {
    this.#welcomed = welcomed;
    this.#channel = new Channel(connect(point.socket), {
      onLine: (line) => this.#read(line),
      onClose: () => this.#close(),
    });
    this.#channel.send({ tag: "hello", protocol: ENGINE_PROTOCOL, token: point.token });
  }

  /**
   * Attaches to the engine that serves the project, wherever it was started; null when there is none.
   *
   * @throws LionError when there is one that belongs to another user, or is of another version.
   */
  static async attach(project: Pick<Project, "dataDirectory">): Promise<EngineClient | null> {
    for (let attempt = 1; attempt <= TOKEN_ATTEMPTS; attempt++) {
      const point = readMeetingPoint(project);
      if (!point || !isLiving(point)) {
        return null;
      }
      if (point.protocol !== ENGINE_PROTOCOL) {
        throw anotherVersion(point.pid);
      }
      const outcome = await EngineClient.#meet(point);
      if (outcome === "protocol") {
        throw anotherVersion(point.pid);
      }
      if (outcome !== "token") {
        return outcome;
      }
      // The token was another client's: the next one is in the file by now.
      await delay(attempt * (5 + Math.random() * 20));
    }
    throw new LionError(
      "environment",
      `The engine at work on ${project.dataDirectory} lets nobody in: stop it with \`lion pause\` and try again.`,
    );
  }

  /**
   * Attaches to the project's engine, and starts one in a process of its own when there is none. Two windows that start
   * one at the same time end as clients of the same.
   *
   * @throws LionError when it does not start, or see `attach`.
   */
  static async start(project: Project, launch: EngineLaunch): Promise<EngineClient> {
    const deadline = Date.now() + START_MS;
    let launches = 0;
    let gone = true;
    while (Date.now() < deadline) {
      const client = await EngineClient.attach(project);
      if (client) {
        return client;
      }
      if (gone) {
        if (launches === MOST_LAUNCHES) {
          break;
        }
        launches++;
        gone = false;
        const child = launchEngine(project, launch);
        const over = (): void => {
          gone = true;
        };
        child.once("exit", over);
        child.once("error", over);
      }
      await delay(LOOK_EVERY_MS);
    }
    throw new LionError(
      "environment",
      `The engine did not start (${lastWords(project) || "it said nothing"}): see ${engineLog(project)}, and try again.`,
    );
  }

  static #meet(point: MeetingPoint): Promise<EngineClient | Refusal | null> {
    return new Promise((resolve) => {
      const client = new EngineClient(point, (outcome) => {
        clearTimeout(timer);
        if (outcome === null || typeof outcome === "string") {
          resolve(outcome);
          client.detach();
        } else {
          client.#welcome = outcome;
          client.#state = outcome.state;
          resolve(client);
        }
      });
      const timer = setTimeout(() => client.detach(), WELCOME_MS);
    });
  }

  /** As the engine last told it; of an engine that is gone the last. */
  get state(): EngineState {
    if (!this.#state) {
      throw new Error("This client was never welcomed.");
    }
    return this.#state;
  }

  /** The engine's process. */
  get pid(): number {
    return this.#welcome?.pid ?? 0;
  }

  onState(listener: (state: EngineState) => void): () => void {
    return this.#states.add(listener);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /** Told once that the engine is gone, or that this client has detached. */
  onClose(listener: () => void): () => void {
    return this.#closes.add(listener);
  }

  /** Keys by origin, for the engine's memory; an empty one takes a key back. They count from the next run on. */
  async giveKeys(keys: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask({ tag: "keys", keys });
  }

  /** Runs the loop; resolves with how the run ended. @throws LionError when something else is being worked on. */
  run(request: RunRequest): Promise<EndedRun> {
    return this.#ask({ tag: "run", request }) as Promise<EndedRun>;
  }

  /** Asks for an orderly stop; resolves when the engine knows it. */
  async pause(): Promise<void> {
    await this.#ask({ tag: "pause" });
  }

  async setUnattended(value: boolean): Promise<void> {
    await this.#ask({ tag: "unattended", value });
  }

  /** Asks once more about what has no usable answer. @throws LionError when that ends early. */
  retryFailed(request: RetryRequest): Promise<RetryResult> {
    return this.#ask({ tag: "retry", request }) as Promise<RetryResult>;
  }

  /** Has a referee rate stored answers again. @throws LionError when that ends early. */
  rerate(request: RerateRequest): Promise<ReratingSummary> {
    return this.#ask({ tag: "rerate", request }) as Promise<ReratingSummary>;
  }

  /**
   * Asks the teacher about instructions outside of any run; resolves when it is through or has given way to other work.
   *
   * @throws LionError while a run is on, or when there is no such instruction.
   */
  ask(request: AskRequest): Promise<AskReply> {
    return this.#ask({ tag: "ask", request }) as Promise<AskReply>;
  }

  /** Trains a student outside the loop. @throws LionError when that fails. */
  train(request: { readonly output: string; readonly target?: string }): Promise<TrainedOnce> {
    return this.#ask({ tag: "train", ...request }) as Promise<TrainedOnce>;
  }

  /** Lets the engine go; what attended work does then, see `Attendance`. */
  detach(): void {
    this.#channel.end();
    this.#close();
  }

  #ask(request: EngineRequest): Promise<unknown> {
    if (this.#closed) {
      return Promise.reject(gone());
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#channel.send({ ...request, id });
    });
  }

  /** Only this person's processes can be behind the socket; what is no message all the same ends the connection. */
  #read(line: string): void {
    let message: EngineMessage;
    try {
      message = JSON.parse(line) as EngineMessage;
    } catch {
      this.detach();
      return;
    }
    this.#take(message);
  }

  #take(message: EngineMessage): void {
    if (this.#closed) {
      return;
    }
    switch (message.tag) {
      case "welcome":
        this.#welcomed(message);
        break;
      case "refused":
        this.#welcomed(message.reason);
        break;
      case "state":
        this.#state = message.state;
        this.#states.tell(message.state);
        break;
      case "event":
        this.#events.tell(message.event);
        break;
      case "reply":
        this.#settle(message.id)?.resolve(message.value);
        break;
      case "error": {
        const { kind, message: sentence, problem } = message.failure;
        this.#settle(message.id)?.reject(new LionError(kind, sentence, problem && { problem }));
      }
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    for (const { reject } of this.#pending.values()) {
      reject(gone());
    }
    this.#pending.clear();
    this.#welcomed(null);
    if (this.#welcome) {
      this.#closes.tell();
    }
  }
}

function anotherVersion(pid: number): LionError {
  return new LionError(
    "environment",
    `The engine at work on this project (process ${pid}) is of another version of Lion Curator: let it end, or stop it with \`lion pause\`, then try again.`,
  );
}

function gone(): LionError {
  return new LionError(
    "environment",
    "The engine is gone, and nothing that it had stored is lost: run again to go on from there.",
  );
}
