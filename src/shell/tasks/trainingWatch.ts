import { join, resolve } from "node:path";
import { cancelJob } from "../../core/training/cancelling.ts";
import { JobDirectory } from "../../core/training/jobDirectory.ts";
import type { EndedRun } from "../../protocol/engine.ts";
import { checkTraining, newOutput } from "../commands/training.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { JobMirrors } from "../training/jobMirrors.ts";
import { quietTargets, targetsHere, trainingHere } from "../training/targetsHere.ts";
import type { Localizer } from "../trees/localizer.ts";
import { editorWords } from "../words.ts";
import type { LionTask } from "./definition.ts";
import { lastJobOf, outputAtWork, trainingAtWork, workFolderOf } from "./leftTrainings.ts";
import { LogTail } from "./logTail.ts";

const LOOK_EVERY_MS = 500;
const DONE: EndedRun = { outcome: "done", kind: null, message: "" };

/** What a terminal does with what a training has to say. */
export interface Watching {
  readonly say: (sentence: string) => void;
  readonly print: (lines: readonly string[]) => void;
}

/** How a training ended that was watched, with the job's own exit code where it has one. */
export interface WatchedEnd {
  readonly end: EndedRun;
  readonly code: number | null;
}

/**
 * Shows a training: one that is at work already, else a new one. It only looks on: whoever stops watching leaves the job
 * alone, and cancelling it is another thing.
 */
export class TrainingWatch {
  readonly #shell: Shell;
  readonly #session: ProjectSession;
  readonly #watching: Watching;
  readonly #words: Localizer = editorWords();
  readonly #following = new Disposables();
  #cancel: (() => Promise<unknown>) | null = null;
  #stopped = false;

  constructor(shell: Shell, session: ProjectSession, watching: Watching) {
    this.#shell = shell;
    this.#session = session;
    this.#watching = watching;
  }

  /** Whether a job is at work that goes on when nobody watches it. */
  get isAtWork(): boolean {
    return this.#cancel !== null;
  }

  /** Resolves when the training has ended. @throws LionError when it cannot begin, or fails. */
  async run(task: LionTask): Promise<WatchedEnd> {
    const { say } = this.#watching;
    const atWork = task.output === undefined ? trainingAtWork(this.#session) : null;
    if (atWork) {
      say(this.#words.t("The training of iteration {0} is at work already: this terminal shows it.", atWork.iteration));
      return this.#showJob(atWork);
    }
    if (!(await checkTraining(this.#shell, this.#session, task.target))) {
      return {
        end: { outcome: "paused", kind: "interrupted", message: this.#words.t("Not started.") },
        code: null,
      };
    }
    const left = task.output === undefined ? outputAtWork(join(newOutput(this.#session), "..")) : null;
    if (left) {
      say(this.#words.t("A training is at work already: this terminal shows it."));
    }
    const output =
      left ?? (task.output === undefined ? newOutput(this.#session) : resolve(this.#session.folder, task.output));
    return this.#train(output, task.target);
  }

  /** Asks the job to save and to end. */
  async cancel(): Promise<void> {
    await this.#cancel?.();
  }

  /** Stops watching. The job goes on. */
  dispose(): void {
    this.#stopped = true;
    this.#following.dispose();
  }

  /** A training that the engine does for us, or that it attaches to. */
  async #train(output: string, target: string | undefined): Promise<WatchedEnd> {
    const work = workFolderOf(output);
    const log = new LogTail(work);
    this.#follow(log);
    const named = target ?? this.#profileTarget();
    this.#cancel = async () => {
      const job = lastJobOf(work);
      await (job && targetsHere(this.#shell, this.#session).of(named).cancel(job));
    };
    this.#sayHow();
    try {
      const request = { output, ...(target !== undefined && { target }) };
      const trained = await (await this.#session.engine.client()).train(request);
      const count = this.#words.count(trained.examples);
      this.#watching.print(log.news());
      this.#watching.say(this.#words.t("Trained on {0} examples; the weights are in {1}.", count, trained.output));
      return { end: DONE, code: 0 };
    } catch (error) {
      this.#watching.print(log.news());
      const code = lastJobOf(work)?.exitCode() ?? null;
      if (code === null || code === 0) {
        throw error;
      }
      throw new JobFailed(error, code);
    } finally {
      this.#cancel = null;
      this.#following.dispose();
    }
  }

  /** A job of the loop: whoever ran it collects it, and this terminal shows its log until it is over. */
  async #showJob(row: {
    readonly id: string;
    readonly directory: string;
    readonly target: string;
  }): Promise<WatchedEnd> {
    const { store, project, engine, clock } = this.#session;
    const directory = new JobDirectory(join(project.dataDirectory, row.directory));
    const log = new LogTail(project.dataDirectory, row.id);
    const mirrors = new JobMirrors({
      dataDirectory: project.dataDirectory,
      jobs: () => [row],
      targets: async () => quietTargets(this.#shell, this.#session),
      onLook: () => {},
      onFailure: (error) => this.#shell.log.debug(String(error)),
    });
    this.#cancel = () => cancelJob(trainingHere(this.#shell, this.#session), row.id);
    this.#sayHow();
    for (;;) {
      if (engine.state.phase === "idle") {
        void mirrors.look(performance.now());
      }
      const over = directory.exitCode() !== null || store.training.job(row.id)?.state !== "submitted";
      this.#watching.print(log.news());
      if (over || this.#stopped) {
        break;
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
    this.#cancel = null;
    const code = directory.exitCode();
    return { end: code === 0 || this.#stopped ? DONE : this.#failed(directory), code };
  }

  #failed(directory: JobDirectory): EndedRun {
    return directory.cancelled
      ? { outcome: "paused", kind: "interrupted", message: this.#words.t("The training was cancelled.") }
      : {
          outcome: "failed",
          kind: "environment",
          message: this.#words.t("The training has failed: its last lines say why, and the iteration shows it."),
        };
  }

  #sayHow(): void {
    this.#watching.say(
      this.#words.t("Closing this terminal leaves the training at work. Ctrl+C twice cancels it: it saves first."),
    );
  }

  /** Prints what jobs log from now on: the problem matcher finds their tracebacks there. */
  #follow(log: LogTail): void {
    const timer = setInterval(() => this.#watching.print(log.news()), LOOK_EVERY_MS);
    this.#following.add({ dispose: () => clearInterval(timer) });
  }

  #profileTarget(): string {
    const { roles, profiles } = this.#session.project.config;
    const student = profiles[roles.student];
    return student?.kind === "checkpoint" ? student.target : "local";
  }
}

/** A training whose job ended with a code of its own. */
export class JobFailed extends Error {
  readonly code: number;

  constructor(cause: unknown, code: number) {
    super("The job of a training has failed.", { cause });
    this.code = code;
  }
}
