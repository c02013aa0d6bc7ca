import { commands, type Disposable, env, l10n, type WebviewPanel } from "vscode";
import type { TrainingRun } from "../../core/browse/trainingRuns.ts";
import { LionError, messageOf } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import type { Handlers } from "../../protocol/messages.ts";
import {
  curveRequestOf,
  isTrainingAction,
  type TrainingAction,
  type TrainingHostCalls,
  type TrainingPageCommand,
  type TrainingView,
  type TrainingWebviewCalls,
} from "../../protocol/training.ts";
import { setContextKey } from "../contextKeys.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { isUnfinished } from "../trees/jobReport.ts";
import { PagePanel } from "./pagePanel.ts";
import { TRAINING_PANEL } from "./registerPanels.ts";
import { TrainingDesk } from "./trainingDesk.ts";
import { trainingStrings } from "./trainingStrings.ts";

const ACTIONS: Readonly<Record<TrainingAction, string>> = {
  run: "lion.runImitation",
  newProject: "lion.newProject",
  demo: "lion.openSandboxDemo",
  showLog: "lion.showLog",
  openLog: "lion.training.openLog",
  configure: "lion.openConfig",
};

/** The project that the page shows. */
interface Followed {
  readonly session: ProjectSession;
  readonly desk: TrainingDesk;
  readonly listener: Disposable;
}

/**
 * The training view: curves, state and log of the project's trainings. The page asks once a second or two while something
 * trains and it is seen; a hidden one asks for nothing, and nothing is read.
 */
export class TrainingPanel implements Disposable {
  readonly #shell: Shell;
  readonly #page: PagePanel<TrainingWebviewCalls, TrainingHostCalls>;
  readonly #always = new Disposables();
  #followed: Followed | null = null;
  /** The training that the page shows, by its id. */
  #chosen: string | null = null;
  /** The one that a command asked for, until the page asks for it. */
  #asked: string | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#page = this.#always.add(
      new PagePanel<TrainingWebviewCalls, TrainingHostCalls>(shell, {
        ...{ viewType: TRAINING_PANEL, page: "training", icon: "training", title: () => l10n.t("Lion Training") },
        handlers: this.#handlers(),
        onChange: () => this.#follow(),
      }),
    );
    this.#always.add(
      shell.projects.onDidChangeCurrent(() => {
        this.#follow();
        this.#page.tell("changed", null);
      }),
    );
  }

  /** The panel, if it is open. */
  get panel(): WebviewPanel | null {
    return this.#page.panel;
  }

  /** Opens the panel or brings it to the front, on one training if one is meant. */
  open(meant: { readonly jobId?: string; readonly iteration?: number } = {}): void {
    this.#page.open();
    const desk = this.#followed?.desk;
    const run =
      meant.jobId !== undefined
        ? desk?.run(meant.jobId)
        : meant.iteration !== undefined && desk?.newest(meant.iteration);
    if (run) {
      this.#asked = run.id;
      this.#page.tell("choose", { id: run.id });
    }
  }

  /** Fills a panel that the editor kept over a restart. */
  adopt(panel: WebviewPanel): void {
    this.#page.adopt(panel);
  }

  /** Asks the page for something that it does by itself. */
  command(command: TrainingPageCommand): void {
    this.#page.tell("command", { command });
  }

  /** The training that is shown, else the newest one. @throws LionError when there is none. */
  chosen(): TrainingRun {
    const { store, project } = this.#shell.projects.require();
    const desk = this.#followed?.desk ?? new TrainingDesk(store, project.dataDirectory);
    const run = (this.#chosen === null ? null : desk.run(this.#chosen)) ?? desk.newest();
    if (!run) {
      throw new LionError("input", l10n.t("Nothing has been trained yet: “Lion: Run Imitation” does."));
    }
    return run;
  }

  dispose(): void {
    this.#always.dispose();
    this.#followed?.listener.dispose();
  }

  #handlers(): Handlers<TrainingHostCalls> {
    return {
      hello: () => ({ strings: trainingStrings(), language: env.language, asked: this.#asked }),
      look: ({ chosen, drawn }) =>
        this.#look(typeof chosen === "string" ? chosen : null, Array.isArray(drawn) ? drawn.map(String) : null),
      curve: async (request) => (await this.#followed?.desk.curve(curveRequestOf(request))) ?? null,
      log: ({ id, side, at }) => this.#followed?.desk.log({ id: String(id), side, at }) ?? null,
      act: async (action) => {
        if (isTrainingAction(action)) {
          // Not awaited: a question that it asks may stay open for as long as somebody likes.
          void commands.executeCommand(ACTIONS[action]);
        }
        return null;
      },
    };
  }

  async #look(chosen: string | null, drawn: readonly string[] | null): Promise<TrainingView> {
    await this.#shell.projects.started;
    const followed = this.#followed;
    if (!followed) {
      return { state: "noProject", problem: this.#shell.projects.problem?.message ?? null };
    }
    const { session, desk } = followed;
    const { config } = session.project;
    try {
      const found = await desk.look(chosen, drawn);
      this.#chosen = found?.chosen.id ?? null;
      setContextKey("trainingAtWork", found !== null && isUnfinished(found.chosen.state));
      if (this.#chosen === this.#asked) {
        this.#asked = null;
      }
      return found
        ? { state: "runs", project: config.name, ...found }
        : {
            ...{ state: "empty", project: config.name },
            trains: checkpointProfileOf(config) !== null,
            running: session.engine.state.phase !== "idle",
          };
    } catch (error) {
      if (this.#followed !== followed) {
        // Another project was opened while this one was read.
        return this.#look(null, null);
      }
      this.#shell.log.error(error instanceof Error ? error : String(error));
      throw error instanceof LionError ? error : new Error(messageOf(error));
    }
  }

  /** Listens to the project that is open, while there is a panel. */
  #follow(): void {
    const session = this.#page.panel ? this.#shell.projects.current : null;
    if (session === (this.#followed?.session ?? null)) {
      return;
    }
    this.#followed?.listener.dispose();
    this.#chosen = null;
    this.#asked = null;
    this.#followed = session && this.#listenTo(session);
  }

  #listenTo(session: ProjectSession): Followed {
    const desk = new TrainingDesk(session.store, session.project.dataDirectory);
    const listener = session.onDidChange((parts) => {
      if (parts.has("jobs") || parts.has("engine") || parts.has("config")) {
        desk.changed();
        this.#page.tell("changed", null);
      }
    });
    return { session, desk, listener };
  }
}
