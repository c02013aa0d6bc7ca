import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { LionError } from "../errors.ts";
import type { Checkpoint } from "../store/training.ts";
import { CheckpointPlaces } from "./checkpointPlaces.ts";
import { serveCommand } from "./commands.ts";
import type { JobEnd } from "./follow.ts";
import { JobDirectory } from "./jobDirectory.ts";
import { adviceOn, failureOf } from "./jobFailure.ts";
import { stateOf } from "./jobState.ts";
import { ownMark, SERVING } from "./servingRemains.ts";
import type { Forward, Target } from "./target.ts";
import type { Targets } from "./targets.ts";
import { templateToPass } from "./templateToPass.ts";

/** Where a served student answers, in OpenAI's form. */
export interface ServedStudent {
  /** On 127.0.0.1, up to and including `/v1`. */
  readonly baseUrl: string;
  /** The name that requests must give. */
  readonly model: string;
}

export interface StudentServerOptions {
  readonly clock: Clock;
  readonly targets: Targets;
  /** The folder of the database; servers' job directories are below it. */
  readonly dataDir: string;
  readonly checkpoint: Checkpoint;
  readonly precision: "fp32" | "bf16";
}

interface Running {
  readonly target: Target;
  readonly job: JobDirectory;
  readonly forward: Forward;
  readonly served: ServedStudent;
}

const MODEL = "student";
const READY = "ready.json";

/**
 * One checkpoint as an endpoint: a job on the checkpoint's own target, reached through a port of this machine. It is started
 * when it is first asked for, and again when it has ended meanwhile.
 */
export class StudentServer {
  readonly #options: StudentServerOptions;
  #running: Promise<Running> | null = null;
  /** Ends a start that is under way. */
  #ending = new AbortController();

  constructor(options: StudentServerOptions) {
    this.#options = options;
  }

  /** Whether it runs, or is being started. */
  get isOn(): boolean {
    return this.#running !== null;
  }

  /**
   * Where the student answers; starts the server if it does not run.
   *
   * @param tell what is being done, for a wait of minutes.
   * @throws LionError with the cause; of kind `interrupted` when it is stopped meanwhile.
   */
  async served(tell: (text: string) => void): Promise<ServedStudent> {
    this.#running ??= this.#start(tell, this.#ending.signal);
    const running = this.#running;
    try {
      return (await running).served;
    } catch (error) {
      if (this.#running === running) {
        this.#running = null;
      }
      throw error;
    }
  }

  /**
   * Looks why a request came to nothing. A server that has ended is forgotten, so that the next question starts another.
   *
   * @returns the sentence about its end; null while it runs.
   */
  async problem(): Promise<string | null> {
    const running = this.#running;
    if (!running) {
      return null;
    }
    const { target, job, forward } = await running;
    const status = await target.look(job);
    if (status.state !== "exited" && status.state !== "lost") {
      return null;
    }
    if (this.#running === running) {
      this.#running = null;
    }
    await forward.close();
    return this.#sentence(job, status);
  }

  /** Ends the server and waits for it. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    this.#ending.abort();
    this.#ending = new AbortController();
    // One that could not be started has cleared up behind itself.
    const { target, job, forward } = (await running?.catch(() => null)) ?? {};
    if (target && job && forward) {
      await end(target, job, forward);
    }
  }

  async #start(tell: (text: string) => void, signal: AbortSignal): Promise<Running> {
    try {
      const target = this.#options.targets.of(this.#options.checkpoint.target);
      return await this.#run(target, await this.#prepare(target, tell, signal), tell, signal);
    } catch (error) {
      throw signal.aborted ? new LionError("interrupted", "The student was sent away before it could answer.") : error;
    }
  }

  async #prepare(target: Target, tell: (text: string) => void, signal: AbortSignal): Promise<JobDirectory> {
    const { dataDir, checkpoint, clock, precision } = this.#options;
    const python = await target.python(tell, signal);
    const path = await new CheckpointPlaces(this.#options).pathOn(target, checkpoint, tell, signal);
    const id = `serve-${String(checkpoint.iteration).padStart(3, "0")}-${randomUUID().slice(0, 8)}`;
    const job = new JobDirectory(join(dataDir, SERVING, id));
    job.create();
    writeFileSync(job.file("owner.json"), JSON.stringify({ ...ownMark(), target: target.name }));
    job.seal({
      ...{ id, kind: "serve", iteration: checkpoint.iteration, purpose: "chat", fingerprint: id },
      ...{ createdAt: clock.now(), details: { checkpoint: checkpoint.id } },
      ...serveCommand(python, {
        ...{ path, model: MODEL, precision, ready: `out/${READY}` },
        template: templateToPass(checkpoint),
      }),
    });
    return job;
  }

  async #run(target: Target, job: JobDirectory, tell: (text: string) => void, signal: AbortSignal): Promise<Running> {
    try {
      await target.submit(job);
      const port = await this.#awaitPort(target, job, tell, signal);
      const forward = await target.forward(port);
      return { target, job, forward, served: { baseUrl: `http://127.0.0.1:${forward.port}/v1`, model: MODEL } };
    } catch (error) {
      // Why it failed is what somebody wants to know, not that it could not be ended as well.
      await end(target, job, null).catch(() => {});
      throw error;
    }
  }

  /** Waits until the server says on which port it answers. */
  async #awaitPort(
    target: Target,
    job: JobDirectory,
    tell: (text: string) => void,
    signal: AbortSignal,
  ): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const status = await target.look(job);
      if (status.state === "exited" || status.state === "lost") {
        throw new LionError("environment", this.#sentence(job, status));
      }
      if (status.state === "running") {
        await target.fetch(job, [READY], undefined, signal);
        const port = portIn(job.text(`out/${READY}`));
        if (port !== null) {
          return port;
        }
      }
      tell(status.state === "waiting" ? status.reason : (stateOf(job).message ?? ""));
      await this.#options.clock.sleep(target.pollMs, signal);
    }
  }

  #sentence(job: JobDirectory, status: JobEnd): string {
    const { iteration } = this.#options.checkpoint;
    const failure = failureOf(job, status);
    const reason = failure.kind === "own" ? failure.reason : failure.how;
    const advice = adviceOn(reason);
    return `The student of iteration ${iteration} could not be served: ${reason.replace(/[.:\s]+$/, "")}${advice ? `; ${advice}` : ""} (the whole log is ${job.file("log")}).`;
  }
}

/** Ends a server's job and removes its directory; the log of one that failed stays. */
async function end(target: Target, job: JobDirectory, forward: Forward | null): Promise<void> {
  const failed = (job.exitCode() ?? 0) !== 0;
  try {
    await target.cancel(job);
  } finally {
    await forward?.close();
  }
  if (!failed) {
    rmSync(job.path, { recursive: true, force: true });
  }
}

function portIn(text: string | null): number | null {
  try {
    const { port } = JSON.parse(text ?? "{}") as { readonly port?: unknown };
    return Number.isSafeInteger(port) ? (port as number) : null;
  } catch {
    return null;
  }
}
