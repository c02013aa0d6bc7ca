import { userInfo } from "node:os";
import { SystemClock } from "../core/clock.ts";
import { LionError } from "../core/errors.ts";
import { allowIterationAtHand } from "../core/loop/allowance.ts";
import type { LoopEvent } from "../core/loop/events.ts";
import type { ReratingSummary } from "../core/loop/reratingSummary.ts";
import type { RetryResult } from "../core/loop/retry.ts";
import { MILLION } from "../core/models/prices.ts";
import { loadProject, type Project } from "../core/project/project.ts";
import { Store } from "../core/store/store.ts";
import type {
  AskReply,
  AskRequest,
  EndedRun,
  EngineEvent,
  EngineState,
  RerateRequest,
  RetryRequest,
  RunRequest,
} from "../protocol/engine.ts";
import { Asking } from "./asking.ts";
import { DONE, endedBy } from "./ended.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { Listeners } from "./listeners.ts";
import { notify } from "./notify.ts";
import { ProgressFeed } from "./progressFeed.ts";
import { storedExamples, type TrainedOnce, trainOnce } from "./trainOnce.ts";

/** How often the spending and the hint that there is something new are renewed while requests come and go. */
const RENEW_MS = 1000;

export interface WorkOptions extends Pick<EngineOptions, "keyOf" | "sandboxEntry" | "trainerRoot" | "sandboxLog"> {
  /** The project's folder; its `lion.json` is read anew for each piece of work. */
  readonly directory: string;
  /** Told what ended a piece of work early, with all that is known about it. */
  readonly onFailure?: (error: unknown) => void;
}

/** A piece of work: something that takes time and can be asked to pause. */
type Task<T> = (project: Project, signal: AbortSignal) => Promise<T>;

/**
 * What an engine does for one project, one piece of work at a time: it opens the project when work begins and closes it
 * at the end, so that other commands can have it in between. Knows no sockets.
 */
export class EngineWork {
  readonly #options: WorkOptions;
  readonly #changed = new Listeners<void>();
  readonly #events = new Listeners<EngineEvent>();
  readonly #feed = new ProgressFeed((event) => this.#take(event));
  #state: Omit<EngineState, "clients"> = {
    phase: "idle",
    unattended: false,
    progress: null,
    asking: 0,
    lastEnd: null,
    spent: null,
  };
  readonly #asking: Asking;
  #pause = new AbortController();
  #store: Store | null = null;
  #renewedAt = 0;

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#asking = new Asking({
      project: () => loadProject(this.directory),
      open: (project, onPausing) =>
        Engine.open(project, {
          ...this.#engineOptions(),
          aside: true,
          // Its progress is nobody's stage.
          listener: (event) => event.event === "note" && this.#events.tell(event),
          onPausing,
        }),
      onChange: () => this.#change({ asking: this.#asking.count }),
    });
  }

  get state(): Omit<EngineState, "clients"> {
    return this.#state;
  }

  get directory(): string {
    return this.#options.directory;
  }

  onChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  onEvent(listener: (event: EngineEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /**
   * Runs the loop from where it stands. Resolves with how it ended, whatever happens on the way.
   *
   * @throws LionError when something else is being worked on.
   */
  async run(request: RunRequest): Promise<EndedRun> {
    const { end } = await this.#do(
      (project, signal) => this.#withEngine(project, signal, (engine) => this.#runLoop(engine, project, request)),
      request,
    );
    if (request.notify && this.#state.unattended && end.outcome !== "paused") {
      const failure = await notify(request.notify, end, this.directory);
      if (failure !== null) {
        this.#events.tell({ event: "note", text: `${request.notify.program} could not be started: ${failure}.` });
      }
    }
    return end;
  }

  /**
   * Trains a student outside the loop on the current Train pool's stored answers.
   *
   * @param target where; that of the student's profile when left out.
   * @throws LionError when something else is being worked on, or the training fails.
   */
  train(output: string, target?: string): Promise<TrainedOnce> {
    return this.#doOrThrow((project, signal) =>
      trainOnce({
        project,
        examples: examplesIn(project),
        output,
        ...(target !== undefined && { target }),
        trainerRoot: this.#options.trainerRoot,
        onProgress: (done, total, detail) =>
          this.#feed.take({
            ...{ event: "progress", iteration: 0, stage: "imitation", step: "training steps" },
            ...{ done, total, detail },
          }),
        signal,
      }),
    );
  }

  /**
   * Asks once more about what has no usable answer.
   *
   * @throws LionError when something else is being worked on, or the work must end early.
   */
  retryFailed({ actor = userInfo().username, ...options }: RetryRequest): Promise<RetryResult> {
    return this.#doOrThrow((project, signal) =>
      this.#withEngine(project, signal, (engine) => engine.retryFailed({ ...options, actor })),
    );
  }

  /**
   * Has a referee rate stored answers again.
   *
   * @throws LionError when something else is being worked on, or the work must end early.
   */
  rerate({ actor = userInfo().username, ...options }: RerateRequest): Promise<ReratingSummary> {
    return this.#doOrThrow((project, signal) =>
      this.#withEngine(project, signal, (engine) => engine.rerate({ ...options, actor })),
    );
  }

  /**
   * Asks the teacher about instructions outside of any run; whatever else is to be done comes first.
   *
   * @throws LionError while a run is on, or when there is no such instruction.
   */
  async ask({ actor = userInfo().username, ...options }: AskRequest): Promise<AskReply> {
    if (this.#state.phase !== "idle") {
      throw new LionError(
        "environment",
        "The engine is at work, and nothing is asked beside that: ask again when the run has ended or is paused.",
      );
    }
    try {
      return await this.#asking.ask({ ...options, actor });
    } finally {
      this.#events.tell({ event: "changed" });
    }
  }

  /** Lets go of the project, which may be open for questions. What is in flight is awaited and stored. */
  close(): Promise<void> {
    return this.#asking.giveWay();
  }

  /** Asks for an orderly stop: nothing new is sent, what is in flight is stored. Nothing happens when nothing is done. */
  pause(): void {
    void this.#asking.giveWay();
    if (this.#state.phase !== "idle") {
      this.#pause.abort(new LionError("interrupted", "Paused without loss: the next run goes on from here."));
      this.#showPausing();
    }
  }

  /** Whether the work goes on when nobody is there any more. */
  setUnattended(unattended: boolean): void {
    this.#change({ unattended });
  }

  async #runLoop(engine: Engine, project: Project, request: RunRequest): Promise<void> {
    if (request.retryFailed) {
      engine.reopenFailed();
    }
    if (request.allowance) {
      const { calls, cost, actor = userInfo().username } = request.allowance;
      allowIterationAtHand(engine.store, new SystemClock(), project.config, { calls, cost, actor });
    }
    const { only, iterations, approval } = request;
    await engine.run({
      ...(only && { only }),
      ...(iterations !== undefined && { iterations }),
      ...(approval && { approval }),
    });
  }

  #engineOptions(): Pick<EngineOptions, "keyOf" | "sandboxEntry" | "trainerRoot" | "sandboxLog"> {
    const { keyOf, sandboxEntry, trainerRoot, sandboxLog } = this.#options;
    return { keyOf, sandboxEntry, trainerRoot, ...(sandboxLog !== undefined && { sandboxLog }) };
  }

  /** Opens the project, which nobody else works on until `task` has ended. */
  async #withEngine<T>(project: Project, signal: AbortSignal, task: (engine: Engine) => Promise<T>): Promise<T> {
    const engine = await Engine.open(project, {
      ...this.#engineOptions(),
      listener: (event) => this.#feed.take(event),
      onPausing: () => this.#showPausing(),
    });
    const pause = (): void => engine.pause();
    signal.addEventListener("abort", pause, { once: true });
    this.#store = engine.store;
    try {
      if (signal.aborted) {
        pause();
      }
      return await task(engine);
    } finally {
      this.#renewSpent();
      this.#store = null;
      signal.removeEventListener("abort", pause);
      await engine.close();
    }
  }

  /** Work that has a result: why there is none is thrown. */
  async #doOrThrow<T>(task: Task<T>): Promise<T> {
    const { end, value } = await this.#do(task);
    if (value === undefined) {
      throw new LionError(end.kind ?? "environment", end.message, end.problem && { problem: end.problem });
    }
    return value;
  }

  /** One piece of work from its beginning to its end, with the state that goes with it. */
  async #do<T>(
    task: Task<T>,
    { unattended = false }: { readonly unattended?: boolean } = {},
  ): Promise<{ end: EndedRun; value?: T }> {
    if (this.#state.phase !== "idle") {
      throw new LionError(
        "environment",
        `The engine is at work already (process ${process.pid}): wait for it, or pause it, in a terminal with \`lion pause\`.`,
      );
    }
    this.#pause = new AbortController();
    this.#change({ phase: "running", unattended, progress: null, spent: null });
    try {
      await this.#asking.giveWay();
      const value = await task(loadProject(this.directory), this.#pause.signal);
      return { end: this.#finish(DONE), value };
    } catch (error) {
      this.#options.onFailure?.(error);
      return { end: this.#finish(endedBy(error)) };
    }
  }

  #finish(end: EndedRun): EndedRun {
    this.#feed.flush();
    this.#change({ phase: "idle", progress: null, lastEnd: end });
    this.#events.tell({ event: "changed" });
    return end;
  }

  #take(event: LoopEvent): void {
    if (event.event === "progress") {
      const { iteration, stage, step, done, total, detail } = event;
      this.#change({ progress: { iteration, stage, step, done, total, detail } });
    } else if (event.event === "stage" && event.state === "running") {
      const { iteration, stage } = event;
      this.#change({ progress: { iteration, stage, step: "", done: 0, total: null, detail: "" } });
    }
    this.#events.tell(event);
    if (event.event === "stage" || Date.now() - this.#renewedAt >= RENEW_MS) {
      this.#renewedAt = Date.now();
      this.#renewSpent();
      this.#events.tell({ event: "changed" });
    }
  }

  #renewSpent(): void {
    const iteration = this.#state.progress?.iteration;
    if (this.#store && iteration !== undefined) {
      this.#change({ spent: spentIn(this.#store, iteration) });
    }
  }

  #showPausing(): void {
    if (this.#state.phase === "running") {
      this.#change({ phase: "pausing" });
    }
  }

  #change(part: Partial<Omit<EngineState, "clients">>): void {
    this.#state = { ...this.#state, ...part };
    this.#changed.tell();
  }
}

/** What an iteration's requests have used so far; money is told where one currency covers it. */
function spentIn(store: Store, iteration: number): NonNullable<EngineState["spent"]> {
  const { calls, costs } = store.ledger.allowances.used(iteration);
  const [money, ...others] = costs;
  return money && others.length === 0
    ? { calls, cost: money.cost / MILLION, currency: money.currency }
    : { calls, cost: null, currency: null };
}

function examplesIn(project: Project): ReturnType<typeof storedExamples> {
  const store = new Store(project.databaseFile);
  try {
    return storedExamples(project, store);
  } finally {
    store.close();
  }
}
