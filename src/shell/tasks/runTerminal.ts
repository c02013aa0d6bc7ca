import { type Event, EventEmitter, type Pseudoterminal } from "vscode";
import { LionError, messageOf } from "../../core/errors.ts";
import type { EndedRun, EngineState } from "../../protocol/engine.ts";
import { requireTrust } from "../commands/registry.ts";
import { runProject } from "../commands/runFlow.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import type { Localizer } from "../trees/localizer.ts";
import { editorWords } from "../words.ts";
import { type LionTask, lionTaskOf, projectFolderOf } from "./definition.ts";
import { LogTail } from "./logTail.ts";
import { exitCodeOf, TaskLines } from "./taskLines.ts";
import { JobFailed, TrainingWatch } from "./trainingWatch.ts";

const CTRL_C = "\x03";
const LOG_EVERY_MS = 500;
/** How soon a second Ctrl+C means the first one. */
const SURE_MS = 10_000;
const CANCELLED: EndedRun = { outcome: "paused", kind: "interrupted", message: "" };

/**
 * A task's terminal: it watches the engine, which does the work in a process of its own. Ctrl+C pauses the run; closing
 * the terminal only stops watching. Ends with the exit codes of the command line, after a training with its job's.
 */
export class RunTerminal implements Pseudoterminal {
  readonly #shell: Shell;
  readonly #definition: Readonly<Record<string, unknown>>;
  readonly #workspaceFolder: string | null;
  readonly #words: Localizer = editorWords();
  readonly #lines = new TaskLines(this.#words);
  readonly #written = new EventEmitter<string>();
  readonly #closed = new EventEmitter<number>();
  readonly #watching = new Disposables();
  #session: ProjectSession | null = null;
  #training: TrainingWatch | null = null;
  #code: number | null = null;
  #askedToCancel = 0;

  readonly onDidWrite: Event<string> = this.#written.event;
  readonly onDidClose: Event<number> = this.#closed.event;

  /** @param definition from tasks.json; what is wrong with it is said in the terminal. */
  constructor(shell: Shell, definition: Readonly<Record<string, unknown>>, workspaceFolder: string | null) {
    this.#shell = shell;
    this.#definition = definition;
    this.#workspaceFolder = workspaceFolder;
  }

  open(): void {
    void this.#work()
      .catch((error: unknown) => this.#failed(error))
      .then((end) => {
        this.#watching.dispose();
        this.#written.fire(this.#lines.end(end));
        this.#closed.fire(this.#code ?? exitCodeOf(end));
      });
  }

  close(): void {
    if (this.#training?.isAtWork) {
      void this.#shell.prompter.inform(
        this.#words.t("The training goes on without its terminal; the task shows it again."),
      );
    }
    this.#training?.dispose();
    this.#watching.dispose();
  }

  handleInput(data: string): void {
    if (!data.includes(CTRL_C)) {
      return;
    }
    if (this.#training?.isAtWork) {
      this.#offerToCancel(this.#training);
    } else if (this.#session) {
      this.#say(this.#words.t("Pausing: waiting for what is in flight."));
      void this.#session.engine.pause();
    }
  }

  async #work(): Promise<EndedRun> {
    requireTrust();
    const task = lionTaskOf(this.#definition, this.#words);
    const session = await this.#open(task);
    this.#session = session;
    this.#watching.add(session.engine.onDidEvent((event) => this.#written.fire(this.#lines.event(event))));
    if (task.stage === "train") {
      return this.#train(session, task);
    }
    this.#follow(new LogTail(session.project.dataDirectory));
    if (session.engine.state.phase !== "idle") {
      this.#say(this.#words.t("An engine is at work on this project already: this terminal follows it."));
      return endOf(session, this.#watching);
    }
    const ended = await runProject(this.#shell, session, {
      ...(task.stage !== "iteration" && { only: task.stage }),
      ...(task.unattended && { unattended: true }),
    });
    return ended ?? { ...CANCELLED, message: this.#words.t("Not started.") };
  }

  /** The task's project, which becomes the open one. A task that names none may mean the only one there is. */
  async #open(task: LionTask): Promise<ProjectSession> {
    const { projects } = this.#shell;
    const folder = projectFolderOf(task, this.#workspaceFolder, this.#words);
    if (task.project !== undefined || projects.all().includes(folder)) {
      await projects.open(folder);
    }
    return projects.require();
  }

  async #train(session: ProjectSession, task: LionTask): Promise<EndedRun> {
    this.#training = new TrainingWatch(this.#shell, session, {
      say: (sentence) => this.#say(sentence),
      print: (lines) => this.#written.fire(this.#lines.log(lines)),
    });
    const { end, code } = await this.#training.run(task);
    this.#code = code;
    return end;
  }

  /** The first Ctrl+C asks, the second one within a few seconds answers. */
  #offerToCancel(training: TrainingWatch): void {
    const now = performance.now();
    if (now - this.#askedToCancel > SURE_MS || this.#askedToCancel === 0) {
      this.#askedToCancel = now;
      this.#say(this.#words.t("Ctrl+C again cancels the training. To leave it at work, close this terminal."));
      return;
    }
    this.#askedToCancel = 0;
    this.#say(this.#words.t("Cancelling: the training saves and ends."));
    training.cancel().catch((error: unknown) => this.#say(messageOf(error)));
  }

  /** Prints what jobs log from now on: the problem matcher finds their tracebacks there. */
  #follow(log: LogTail): void {
    log.skip();
    const print = (): void => this.#written.fire(this.#lines.log(log.news()));
    const timer = setInterval(print, LOG_EVERY_MS);
    this.#watching.add({
      dispose: () => {
        clearInterval(timer);
        print();
      },
    });
  }

  #say(sentence: string): void {
    this.#written.fire(this.#lines.say(sentence));
  }

  #failed(error: unknown): EndedRun {
    if (error instanceof JobFailed) {
      this.#code = error.code;
      return this.#failed(error.cause);
    }
    if (!(error instanceof LionError)) {
      this.#shell.log.error(error instanceof Error ? error : String(error));
      return { outcome: "failed", kind: null, message: messageOf(error) };
    }
    const outcomes: Readonly<Record<LionError["kind"], EndedRun["outcome"]>> = {
      input: "failed",
      environment: "failed",
      limit: "limit",
      person: "waiting",
      interrupted: "paused",
    };
    return { outcome: outcomes[error.kind], kind: error.kind, message: error.message };
  }
}

/** The end of a run that somebody else has asked for. */
function endOf({ engine }: ProjectSession, watching: Disposables): Promise<EndedRun> {
  return new Promise((ended) => {
    watching.add(
      engine.onDidChangeState((state: EngineState) => {
        if (state.phase === "idle" && state.lastEnd) {
          ended(state.lastEnd);
        }
      }),
    );
    watching.add(
      engine.onDidLose(() =>
        ended({
          outcome: "failed",
          kind: "environment",
          message: editorWords().t("The engine ended unexpectedly; nothing stored is lost."),
        }),
      ),
    );
  });
}
