import type { MessageHandler } from "../../src/protocol/messages.ts";
import type {
  CurveRequest,
  RunCurve,
  RunLog,
  TrainingHostCalls,
  TrainingView,
  TrainingWebviewCalls,
} from "../../src/protocol/training.ts";
import { OnceMore } from "../ui/onceMore.ts";

/** What the client asks of the editor. */
export type TrainingPeer = Pick<MessageHandler<TrainingHostCalls, TrainingWebviewCalls>, "request">;

/** What the page wants to see. */
export interface Wanted {
  /** Null follows the newest training. */
  readonly chosen: string | null;
  /** Null: the newest few. */
  readonly drawn: readonly string[] | null;
  readonly curve: Omit<CurveRequest, "id">;
}

/** Where the client leaves what it has read. */
export interface TrainingPage {
  wanted(): Wanted;
  /** @param curves of the trainings that are drawn, by their ids. */
  show(view: TrainingView, curves: ReadonlyMap<string, RunCurve>): void;
  /** Lines of a log: `last` begins it anew. */
  showLog(side: "last" | "before" | "after", log: RunLog): void;
  trouble(problem: string | null): void;
}

/** Milliseconds between two looks while something trains. */
const LOOK_EVERY_MS = 1500;
/** Pieces of a log that are asked for at once; one that has got longer is shown from its end. */
const MOST_PIECES = 8;
const WORKING: ReadonlySet<string> = new Set(["prepared", "waiting", "running"]);

interface Held {
  readonly key: string;
  readonly curve: RunCurve;
}

/**
 * The page's end of the conversation on trainings: looks how they stand, again and again while one works, and fetches the curves
 * that have changed and the lines that have been added. It does nothing while it is paused.
 */
export class TrainingClient {
  readonly #peer: TrainingPeer;
  readonly #page: TrainingPage;
  readonly #every: number;
  #held = new Map<string, Held>();
  #log: RunLog | null = null;
  #view: TrainingView | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #looking = new OnceMore(() => this.#lookOnce());
  #paused = false;

  constructor(peer: TrainingPeer, page: TrainingPage, everyMs = LOOK_EVERY_MS) {
    this.#peer = peer;
    this.#page = page;
    this.#every = everyMs;
  }

  pause(): void {
    this.#paused = true;
    this.#stop();
  }

  async goOn(): Promise<void> {
    this.#paused = false;
    await this.look();
  }

  /** Looks how things stand; while that is under way, another call makes it look once more afterwards. */
  async look(): Promise<void> {
    this.#stop();
    try {
      if (!(await this.#looking.run())) {
        return;
      }
      this.#page.trouble(null);
    } catch (error) {
      this.#page.trouble(error instanceof Error ? error.message : String(error));
    }
    if (!this.#paused && this.#view?.state === "runs" && this.#view.runs.some(({ state }) => WORKING.has(state))) {
      this.#timer = setTimeout(() => void this.look(), this.#every);
    }
  }

  /** Fetches the lines before those that are shown. Resolves with whether there are more. */
  async earlier(id: string): Promise<boolean> {
    const shown = this.#log;
    if (!shown || shown.from === 0) {
      return false;
    }
    const log = await this.#peer.request("log", { id, side: "before", at: shown.from });
    if (log && log.jobId === this.#log?.jobId && log.to === this.#log.from) {
      this.#log = { ...this.#log, from: log.from };
      this.#page.showLog("before", log);
    }
    return (this.#log?.from ?? 0) > 0;
  }

  async #lookOnce(): Promise<void> {
    const { chosen, drawn, curve } = this.#page.wanted();
    const view = await this.#peer.request("look", { chosen, drawn });
    this.#view = view;
    if (view.state !== "runs") {
      this.#held.clear();
      this.#log = null;
      this.#page.show(view, new Map());
      return;
    }
    await this.#fetchCurves(view.drawn, curve);
    this.#page.show(view, new Map([...this.#held].map(([id, held]) => [id, held.curve])));
    await this.#fetchLog(view.chosen.id, view.chosen.jobId);
  }

  async #fetchCurves(
    drawn: ReadonlyArray<{ readonly id: string; readonly version: number }>,
    query: Wanted["curve"],
  ): Promise<void> {
    const held = new Map<string, Held>();
    for (const { id, version } of drawn) {
      const key = JSON.stringify([version, query]);
      const known = this.#held.get(id);
      if (known?.key === key) {
        held.set(id, known);
        continue;
      }
      const curve = await this.#peer.request("curve", { id, ...query });
      if (curve) {
        held.set(id, { key: JSON.stringify([curve.version, query]), curve });
      }
    }
    this.#held = held;
  }

  async #fetchLog(id: string, jobId: string): Promise<void> {
    for (let piece = 0; piece < MOST_PIECES; piece++) {
      const shown = this.#log;
      const isNew = shown?.jobId !== jobId;
      const log = await this.#peer.request(
        "log",
        isNew ? { id, side: "last", at: 0 } : { id, side: "after", at: shown.to },
      );
      if (!log || log.jobId !== jobId) {
        return;
      }
      if (isNew) {
        this.#log = log;
        this.#page.showLog("last", log);
        return;
      }
      if (log.to <= shown.to) {
        return;
      }
      this.#log = { ...shown, to: log.to };
      this.#page.showLog("after", log);
    }
    // More has come than anybody reads: begin with the end at the next look.
    this.#log = null;
  }

  #stop(): void {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
  }
}
