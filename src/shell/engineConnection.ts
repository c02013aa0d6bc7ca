import { type Disposable, type Event, EventEmitter, l10n } from "vscode";
import { LionError } from "../core/errors.ts";
import type { LoopEvent } from "../core/loop/events.ts";
import type { Project } from "../core/project/project.ts";
import { EngineClient } from "../engine/client.ts";
import type { AskReply, AskRequest, EndedRun, EngineState, RunRequest } from "../protocol/engine.ts";
import type { Keys } from "./keys.ts";
import type { Installation } from "./shell.ts";

/** How an engine stands that is not there. */
export const NO_ENGINE: EngineState = {
  phase: "idle",
  unattended: false,
  clients: 0,
  progress: null,
  asking: 0,
  lastEnd: null,
  spent: null,
};

const LOOK_EVERY_MS = 2000;

/**
 * This window's line to the project's engine: attaches to one that runs, wherever it was started, and starts one when
 * there is work. Hands over the keys of the origins that the project names.
 */
export class EngineConnection implements Disposable {
  readonly #project: () => Project;
  readonly #keys: Keys;
  readonly #installation: Installation;
  readonly #stateChanged = new EventEmitter<EngineState>();
  readonly #event = new EventEmitter<LoopEvent>();
  readonly #lost = new EventEmitter<EngineState>();
  #client: EngineClient | null = null;
  #connecting: Promise<EngineClient | null> | null = null;
  #looking: NodeJS.Timeout | null = null;
  #disposed = false;

  constructor(options: {
    readonly project: () => Project;
    readonly keys: Keys;
    readonly installation: Installation;
  }) {
    this.#project = options.project;
    this.#keys = options.keys;
    this.#installation = options.installation;
  }

  get state(): EngineState {
    return this.#client?.state ?? NO_ENGINE;
  }

  readonly onDidChangeState: Event<EngineState> = this.#stateChanged.event;
  /** What the loop tells while it runs. */
  readonly onDidEvent: Event<LoopEvent> = this.#event.event;
  /** The engine is gone in the middle of its work; its last state. */
  readonly onDidLose: Event<EngineState> = this.#lost.event;

  /** Attaches to an engine that runs, now and whenever one appears. */
  follow(): void {
    const look = (): void => {
      if (!this.#client) {
        void this.#attach();
      }
    };
    look();
    this.#looking ??= setInterval(look, LOOK_EVERY_MS);
  }

  /** A client of the project's engine, which is started when there is none. */
  async client(): Promise<EngineClient> {
    const client =
      (await this.#connect(() =>
        EngineClient.start(this.#project(), {
          entry: [this.#installation.engine],
          execPath: process.execPath,
          environment: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
        }),
      )) ?? null;
    if (!client) {
      throw new LionError("environment", l10n.t("The engine could not be started: the log says why."));
    }
    await this.handKeys();
    return client;
  }

  /**
   * Gives the engine the keys that this person has for the project's origins.
   *
   * @param cleared an origin whose key was taken away, which the engine must forget.
   */
  async handKeys(cleared?: string): Promise<void> {
    const keys = await this.#keys.of(this.#project().config);
    await this.#client?.giveKeys(cleared === undefined ? keys : { [cleared]: "", ...keys });
  }

  /** Runs the loop; resolves with how the run ended. @throws LionError when an engine is at work already. */
  async run(request: RunRequest): Promise<EndedRun> {
    return (await this.client()).run(request);
  }

  /**
   * Asks the teacher about instructions outside of any run; resolves when it is through or has given way to other work.
   *
   * @throws LionError while a run is on, or when there is no such instruction.
   */
  async ask(request: AskRequest): Promise<AskReply> {
    return (await this.client()).ask(request);
  }

  /** Asks whatever runs for an orderly stop. */
  async pause(): Promise<void> {
    await this.#client?.pause();
  }

  /** Whether the work goes on when no window is left. */
  async setUnattended(unattended: boolean): Promise<void> {
    await (await this.client()).setUnattended(unattended);
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#looking) {
      clearInterval(this.#looking);
    }
    this.#client?.detach();
    this.#stateChanged.dispose();
    this.#event.dispose();
    this.#lost.dispose();
  }

  async #attach(): Promise<void> {
    try {
      if (await this.#connect(() => EngineClient.attach(this.#project()))) {
        await this.handKeys();
      }
    } catch {
      // One that cannot be attached to is told of when somebody wants to use it.
    }
  }

  /** Only one attempt at a time: two would end as two clients of one window. */
  #connect(open: () => Promise<EngineClient | null>): Promise<EngineClient | null> {
    if (this.#client) {
      return Promise.resolve(this.#client);
    }
    const attempt = (this.#connecting ?? Promise.resolve(null))
      .catch(() => null)
      .then(async (existing) => {
        const client = existing ?? this.#client ?? (await open());
        if (client && client !== this.#client) {
          this.#adopt(client);
        }
        return client;
      });
    this.#connecting = attempt;
    const forget = (): void => {
      if (this.#connecting === attempt) {
        this.#connecting = null;
      }
    };
    attempt.then(forget, forget);
    return attempt;
  }

  #adopt(client: EngineClient): void {
    if (this.#disposed) {
      client.detach();
      return;
    }
    this.#client = client;
    client.onState((state) => this.#stateChanged.fire(state));
    client.onEvent((event) => {
      // What is new in the database, the session finds by itself.
      if (event.event !== "changed") {
        this.#event.fire(event);
      }
    });
    client.onClose(() => {
      const last = client.state;
      this.#client = null;
      if (this.#disposed) {
        return;
      }
      this.#stateChanged.fire(NO_ENGINE);
      if (last.phase !== "idle") {
        this.#lost.fire(last);
      }
    });
    this.#stateChanged.fire(client.state);
  }
}
